package listen_test

import (
	"crypto/tls"
	"errors"
	"testing"
	"time"

	"claimcheck/internal/listen"
	"claimcheck/internal/testneeds"
)

func TestWhatAnAuthorityGivesIsTold(t *testing.T) {
	now := time.Now()
	shown := map[string]*tls.Certificate{}
	for name, ends := range map[string]time.Time{"a.example": now.Add(48 * time.Hour), "b.example": now.Add(24 * time.Hour)} {
		cert, key := testneeds.Certificate(t, t.TempDir(), 1, ends)
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		shown[name] = &pair
	}
	var ends []time.Time
	failed := 0
	get := listen.Watched([]string{"a.example", "b.example", "c.example"}, func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if c, ok := shown[hello.ServerName]; ok {
			return c, nil
		}
		return nil, errors.New("no")
	}, func() time.Time { return now }, listen.Told{Shown: func(at time.Time) { ends = append(ends, at) }, Failed: func(error) { failed++ }})
	ask := func(name string, protocols ...string) {
		_, _ = get(&tls.ClientHelloInfo{ServerName: name, SupportedProtos: protocols}) // what it is told counts
	}
	for range 3 {
		ask("a.example")
		ask("b.example", "h2", "http/1.1")
		ask("c.example")
		ask("c.example", "acme-tls/1") // the authority itself
		ask("other.example")
	}
	if len(ends) != 2 || !ends[0].Equal(now.Add(48*time.Hour).Truncate(time.Second)) || !ends[1].Equal(now.Add(24*time.Hour).Truncate(time.Second)) || failed != 1 {
		t.Errorf("told %v and %d failures", ends, failed)
	}
	now = now.Add(time.Minute)
	ask("c.example")
	if failed != 2 {
		t.Errorf("%d failures", failed)
	}
}
