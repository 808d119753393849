package clienttest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/serverproc"
)

// TestAClientGoesOnWhenTheServerWasKilled has one wait, one watch and one upload
// while the server dies and comes back.
func TestAClientGoesOnWhenTheServerWasKilled(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	u, err := url.Parse(o.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	text := strings.ReplaceAll(fmt.Sprintf(configuration, o.srv.URL, u.Port()), "max_attempts: 1", "max_attempts: 5")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--config=" + file}})
	w := &world{t, s.URL, s.Key("ann", "--plan=unlimited"), o}
	c := w.client(client.WithTries(patienceTries), client.WithMaxPause(time.Second))
	id, g := holding(w, c, "restart")

	var all sync.WaitGroup
	watching := make(chan struct{})
	all.Go(func() {
		if s, err := c.Wait(w.ctx(), id); err != nil || s.Status != "success" {
			t.Errorf("wait: %+v, %v", s, err)
		}
	})
	all.Go(func() {
		first, last := sync.OnceFunc(func() { close(watching) }), ""
		for s, err := range c.Watch(w.ctx(), id) {
			if err != nil {
				t.Errorf("watch: %v", err)
			}
			first()
			last = s.Status
		}
		if last != "success" {
			t.Errorf("watch: ended with %q", last)
		}
	})
	<-watching
	restarted := sync.OnceFunc(func() {
		s.Kill()
		s = serverproc.Start(t, serverproc.Options{Data: s.Data, Args: []string{"--config=" + file, "--listen=" + strings.TrimPrefix(s.URL, "http://")}})
	})
	input := jsonOf(9 << 20)
	key := must[string](t)(c.Upload(w.ctx(), "in.json", &interrupted{bytes.NewReader(input), 3 << 20, restarted}, int64(len(input))))
	close(g.open)
	all.Wait()
	ticket := must[api.Accepted](t)(c.SubmitUpload(w.ctx(), "json-formatter", key, client.Options{}))
	sameLaidOut(t, w, c, ticket.JobID, len(input)/13)
}

const patienceTries = 100

// interrupted is a reader at whose offset something happens.
type interrupted struct {
	io.ReadSeeker

	at int64
	do func()
}

// Read reads on.
func (r *interrupted) Read(p []byte) (int, error) {
	if now, err := r.Seek(0, io.SeekCurrent); err == nil && now >= r.at {
		r.do()
	}
	return r.ReadSeeker.Read(p)
}
