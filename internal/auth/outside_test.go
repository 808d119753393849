package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
)

// A voucher is an authorizer that knows the tokens of a map.
type voucher struct {
	tokens map[string]auth.Bearer
	asked  int
}

func (v *voucher) Verify(_ context.Context, token string) (auth.Bearer, error) {
	v.asked++
	b, ok := v.tokens[token]
	if !ok {
		return b, fault.New(fault.Unauthorized, "UNAUTHORIZED", "Missing authorizer context")
	}
	return b, nil
}

func TestATokenIsLookedAtOnceAMinute(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	store := newMemory()
	keys := auth.New(store, func() time.Time { return now }, strings.NewReader(""), 0)
	v := &voucher{tokens: map[string]auth.Bearer{
		"a.b.c": {Subject: "Ann", Owner: "ann", Plan: "small", Scopes: []string{"read"}, Until: now.Add(90 * time.Second)},
	}}
	keys.Trust(v)
	check := func(token string, asked int, want error) *auth.Principal {
		t.Helper()
		p, err := keys.CheckBearer(t.Context(), nil, token)
		if (err == nil) != (want == nil) || err != nil && fault.Of(err).Code != want.Error() || v.asked != asked {
			t.Fatalf("%s: %v, asked %d times, want %v and %d", token, err, v.asked, want, asked)
		}
		return p
	}
	unauthorized := errors.New("UNAUTHORIZED")
	first := check("a.b.c", 1, nil)
	if first.Key.Owner != "ann" || first.Key.Plan != "small" || first.Subject != "Ann" || !first.Key.Has("read") || first.Key.Has("submit") || store.plans["ann"] != "small" {
		t.Errorf("got %+v, plan kept %q", first, store.plans["ann"])
	}
	if check("a.b.c", 1, nil) != first {
		t.Error("it is somebody else the second time")
	}
	for _, none := range []string{"", "a", "a.b", "a.b.c.d"} {
		check(none, 1, unauthorized)
	}
	check("a.b.x", 2, unauthorized)
	now = now.Add(time.Minute)
	if check("a.b.c", 3, nil) != first {
		t.Error("nothing has changed, but it is somebody else")
	}
	v.tokens["a.b.c"] = auth.Bearer{Subject: "Ann", Owner: "ann", Plan: "unlimited", Scopes: []string{"read"}, Until: now.Add(30 * time.Second)}
	now = now.Add(29 * time.Second)
	check("a.b.c", 3, nil)
	now = now.Add(time.Second)
	check("a.b.c", 3, unauthorized) // it has ended
	now = now.Add(time.Minute)
	delete(v.tokens, "a.b.c")
	check("a.b.c", 4, unauthorized)
}

// TestATokenIsNoKey: it counts only where a bearer's token is sent, and not while
// the store cannot say what the owner's plan is.
func TestATokenIsNoKey(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	v := &voucher{tokens: map[string]auth.Bearer{"a.b.c": {Owner: "ann", Until: time.Now().Add(time.Hour)}}}
	if _, err := keys.CheckBearer(t.Context(), nil, "a.b.c"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("nobody is trusted: %v", err)
	}
	keys.Trust(v)
	if _, err := keys.Check(t.Context(), "a.b.c"); !fault.Is(err, fault.Unauthorized) || v.asked != 0 {
		t.Errorf("sent as a key: %v", err)
	}
	store.failWith(errors.New("disk on fire"))
	if _, err := keys.CheckBearer(t.Context(), nil, "a.b.c"); err == nil || fault.Is(err, fault.Unauthorized) {
		t.Errorf("the store is in trouble: %v", err)
	}
	store.failWith(nil)
	if p, err := keys.CheckBearer(t.Context(), nil, "a.b.c"); err != nil || p.Key.Plan != "default" {
		t.Errorf("got %+v, %v", p, err)
	}
	secret, _, err := keys.Create(t.Context(), auth.NewKey{Owner: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := keys.CheckBearer(t.Context(), nil, secret); err != nil || p.Key.Owner != "bob" || p.Subject != "" {
		t.Errorf("a key as a bearer's token: %+v, %v", p, err)
	}
}
