package listen_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/listen"
)

// A shelf is a pair of files, the clock that they are looked at by, and what was told.
type shelf struct {
	t         *testing.T
	cert, key string
	now       time.Time
	pair      *listen.Pair
	ends      []time.Time
	failures  []string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	dir := t.TempDir()
	s := &shelf{t: t, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), now: time.Now()}
	write(t, s.cert, s.key, 1, s.now.Add(24*time.Hour))
	var err error
	s.pair, err = listen.OpenPair(s.cert, s.key, func() time.Time { return s.now }, s.told())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) told() listen.Told {
	return listen.Told{
		Shown:  func(ends time.Time) { s.ends = append(s.ends, ends) },
		Failed: func(err error) { s.failures = append(s.failures, err.Error()) },
	}
}

// wants looks which certificate is shown.
func (s *shelf) wants(number int64) {
	s.t.Helper()
	c, err := s.pair.Get(&tls.ClientHelloInfo{})
	if err != nil || c.Leaf.SerialNumber.Int64() != number {
		s.t.Errorf("certificate %v is shown, %v; want %d", c.Leaf.SerialNumber, err, number)
	}
}

func TestAChangedPairIsShownASecondLater(t *testing.T) {
	s := newShelf(t)
	s.wants(1)
	write(t, s.cert, s.key, 2, s.now.Add(48*time.Hour))
	s.wants(1) // it was just looked at
	s.now = s.now.Add(time.Second)
	s.wants(2)
	write(t, s.cert, s.key, 3, s.now.Add(72*time.Hour))
	s.pair.Look(true)
	s.wants(3)
	if len(s.ends) != 3 || !s.ends[2].Equal(s.now.Add(72*time.Hour).Truncate(time.Second)) || len(s.failures) != 0 {
		t.Errorf("told %v, failures %q", s.ends, s.failures)
	}
}

// TestABrokenPairKeepsTheOld, and is told once for each change.
func TestABrokenPairKeepsTheOld(t *testing.T) {
	s := newShelf(t)
	good, err := os.ReadFile(s.key)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "cert.pem")
	for _, c := range []struct {
		name   string
		breaks func()
		want   string
	}{
		{"no PEM", func() { put(t, s.cert, []byte("x")) }, "tls_cert and tls_key, "},
		{"of another certificate", func() { write(t, other, s.key, 9, s.now); write(t, s.cert, other, 2, s.now.Add(time.Hour)) }, "private key does not match"},
		{"has ended", func() { write(t, s.cert, s.key, 4, s.now.Add(-time.Hour)) }, "the new certificate has ended"},
		{"gone", func() { _ = os.Remove(s.cert) }, "tls_cert: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.failures = nil
			c.breaks()
			for range 3 {
				s.now = s.now.Add(time.Second)
				s.wants(1)
			}
			if len(s.failures) != 1 || !strings.Contains(s.failures[0], c.want) || strings.Contains(s.failures[0], string(good)) {
				t.Errorf("told %q, want once %q", s.failures, c.want)
			}
		})
	}
	write(t, s.cert, s.key, 5, s.now.Add(time.Hour))
	s.now = s.now.Add(time.Second)
	s.wants(5)
}

func TestAPairThatIsNotThereIsSaid(t *testing.T) {
	s := newShelf(t)
	for want, files := range map[string][2]string{"tls_cert: ": {s.cert + "x", s.key}, "tls_key: ": {s.cert, s.key + "x"}, "tls_cert and tls_key, ": {s.key, s.cert}} {
		if _, err := listen.OpenPair(files[0], files[1], time.Now, s.told()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v, want %s", files, err, want)
		}
	}
}
