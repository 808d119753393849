package remote_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/remote"
	"claimcheck/internal/sign"
)

func TestLeasesAreNamedByJobAndAttempt(t *testing.T) {
	id := job.NewIDSource(time.Now, rand.Reader, 0).New()
	r := remote.Ref{Job: id, Attempt: 12}
	if got, ok := remote.ParseRef(r.String()); !ok || got != r {
		t.Errorf("got %+v, %t", got, ok)
	}
	for _, text := range []string{
		"", ".", id.String(), id.String() + ".", id.String() + ".0", id.String() + ".-1", id.String() + ".x", id.String() + ".1.1",
		id.String() + ".99999999999", id.String()[1:] + ".1", id.String() + ".1 ",
	} {
		if got, ok := remote.ParseRef(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestAKeyClaimsItsToolsOnly(t *testing.T) {
	has := []string{"a", "b"}
	for _, c := range []struct{ wants, tools, refused []string }{
		{nil, has, nil},
		{[]string{"b", "a", "b"}, []string{"a", "b"}, nil},
		{[]string{"a", "c"}, []string{"a", "c"}, []string{"c"}},
	} {
		tools, refused := remote.MayClaim(has, c.wants)
		if !slices.Equal(refused, c.refused) || !slices.Equal(tools, c.tools) {
			t.Errorf("%v: got %v, refused %v", c.wants, tools, refused)
		}
	}
}

// secrets is a store of signing secrets in memory.
type secrets []account.Secret

func (s *secrets) Secrets(context.Context) ([]account.Secret, error) { return *s, nil }
func (s *secrets) AddSecret(_ context.Context, add account.Secret, _ time.Time) error {
	*s = append(*s, add)
	return nil
}

// TestAnAddressIsGoodForOneThing: one attempt, one use, either way.
func TestAnAddressIsGoodForOneThing(t *testing.T) {
	signer, err := sign.Load(t.Context(), &secrets{}, time.Now, rand.Reader, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	d := &remote.Desk{Signer: signer, PublicURL: "https://jobs.example"}
	r := remote.Ref{Job: job.NewIDSource(time.Now, rand.Reader, 0).New(), Attempt: 1}
	next := r
	next.Attempt++
	all := []remote.Address{remote.Input, remote.Output, remote.Callback}
	for _, a := range all {
		u, err := url.Parse(d.URL(a, r))
		if err != nil || !strings.HasPrefix(u.String(), "https://jobs.example/work/"+r.String()+"/"+string(a)) {
			t.Fatalf("address %s, err %v", u, err)
		}
		signature := u.Query().Get("signature")
		for _, b := range all {
			if got := d.Verify(b, r, signature); got != (a == b) {
				t.Errorf("the signature of %s for %s: %t", a, b, got)
			}
		}
		if d.Verify(a, next, signature) || d.Verify(a, r, signature+"x") || d.Verify(a, r, "") {
			t.Errorf("the signature of %s counts for something else", a)
		}
	}
}
