package bearer_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/auth/bearer"
	"claimcheck/internal/fault"
)

// A publisher is an https server that publishes a key set.
type publisher struct {
	*httptest.Server
	asked  atomic.Int64
	set    atomic.Pointer[[]byte] // nil: it is in trouble
	passed atomic.Int64           // of the checker's clock
}

func publish(t *testing.T, set []byte) *publisher {
	t.Helper()
	p := &publisher{}
	p.set.Store(&set)
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		if text := p.set.Load(); text != nil {
			_, _ = w.Write(*text)
			return
		}
		http.Error(w, "no", http.StatusBadGateway)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) checker(a *authorizer) *bearer.Checker {
	o := a.options()
	o.Keys = bearer.NewKeySet(p.URL, p.Client(), slog.New(slog.DiscardHandler), func() time.Time { return now.Add(time.Duration(p.passed.Load())) })
	return bearer.New(o)
}

func (p *publisher) pass(d time.Duration) { p.passed.Add(int64(d)) }

func TestAKeySetIsReadOnceAndRenewed(t *testing.T) {
	a, next := newAuthorizer(t), newAuthorizer(t)
	p := publish(t, a.set())
	c := p.checker(a)
	verify := func(when string, by *authorizer, kid string, want fault.Kind, asked int64) {
		t.Helper()
		_, err := c.Verify(t.Context(), by.sign("RS256", kid, claims(nil)))
		if f := fault.Of(err); (err == nil) != (want == 0) || f != nil && f.Kind != want || p.asked.Load() != asked {
			t.Errorf("%s: %v, asked %d times, want %d", when, err, p.asked.Load(), asked)
		}
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { verify("at first", a, "r", 0, 1) })
	}
	all.Wait()
	verify("an unknown kid", a, "x", fault.Unauthorized, 1) // a minute has not passed
	p.pass(time.Minute)
	verify("an unknown kid a minute later", a, "x", fault.Unauthorized, 2)
	verify("again", a, "y", fault.Unauthorized, 2)
	set := next.set()
	p.set.Store(&set)
	verify("the old key, not withdrawn that anybody knows", a, "r", 0, 2)
	p.pass(time.Minute)
	verify("an unknown kid after a rotation", a, "x", fault.Unauthorized, 3)
	verify("the new key", next, "r", 0, 3)
	verify("the old key", a, "r", fault.Unauthorized, 3)
	p.set.Store(nil)
	p.pass(time.Hour)
	verify("the authorizer is away, and its keys are old", next, "x", fault.Unauthorized, 4)
	verify("what is known is still believed", next, "r", 0, 4)
}

func TestAnAuthorizerThatWasNeverReached(t *testing.T) {
	a := newAuthorizer(t)
	p := publish(t, a.set())
	p.set.Store(nil)
	c := p.checker(a)
	token := a.sign("RS256", "r", claims(nil))
	for range 3 {
		if _, err := c.Verify(t.Context(), token); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("got %v", err)
		}
	}
	if n := p.asked.Load(); n != 1 {
		t.Errorf("asked %d times within a minute", n)
	}
	set := a.set()
	p.set.Store(&set)
	p.pass(time.Minute)
	if _, err := c.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNoKeySetIsSaidAtOnce(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "no JSON": "-----BEGIN", "no keys": `{"keys":[]}`, "a secret": `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		file := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := bearer.NewKeySet(file, http.DefaultClient, slog.New(slog.DiscardHandler), time.Now).Check(t.Context()); err == nil {
			t.Errorf("%s is a key set", name)
		}
	}
	if err := bearer.NewKeySet(filepath.Join(t.TempDir(), "none"), http.DefaultClient, slog.New(slog.DiscardHandler), time.Now).Check(t.Context()); err == nil {
		t.Error("a file that is not there is a key set")
	}
}
