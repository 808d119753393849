package storetest

import (
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// key is the n-th key of an owner.
func (w *world) key(owner string, n byte) account.Key {
	return account.Key{
		ID: fmt.Sprintf("key_%016x", n), Digest: [32]byte{n, 0xff}, Owner: owner, Plan: "default", Name: "note",
		Scopes: []string{account.ScopeRead, account.ScopeSubmit}, Created: w.now(),
	}
}

func keyRoundTrip(w *world) {
	a, b := w.key("ann", 1), w.key("bob", 2)
	b.Scopes, b.Tools = []string{account.ScopeWork}, []string{"x", "y"}
	b.Expires, b.Revoked = w.now().Add(time.Hour), w.now().Add(time.Minute)
	b.Plan = "unlimited"
	w.noError(w.CreateKey(w.ctx(), a))
	w.clock.advance(time.Second)
	b.Created = w.now()
	w.noError(w.CreateKey(w.ctx(), b))
	c := w.key("ann", 3) // of the same time
	c.Scopes = nil
	w.noError(w.CreateKey(w.ctx(), c))
	for _, want := range []account.Key{a, b, c} {
		got, err := w.Key(w.ctx(), want.Digest)
		w.noError(err)
		w.equal("key", got, want)
	}
	all, err := w.Keys(w.ctx())
	w.noError(err)
	w.equal("keys, oldest first", all, []account.Key{a, b, c})
	_, err = w.Key(w.ctx(), [32]byte{})
	w.isKind(err, fault.NotFound, "KEY_NOT_FOUND")
}

func keyChange(w *world) {
	a := w.key("ann", 1)
	w.noError(w.CreateKey(w.ctx(), a))
	got, err := w.ChangeKey(w.ctx(), a.ID, func(k *account.Key) (*account.Key, error) {
		w.equal("key given to the change", *k, a)
		k.Revoked, k.Expires = w.now(), w.now().Add(time.Hour)
		k.Owner, k.Scopes = "bob", nil // not to be altered
		return nil, nil
	})
	w.noError(err)
	a.Revoked, a.Expires = w.now(), w.now().Add(time.Hour)
	w.equal("changed key", got, a)
	got, err = w.Key(w.ctx(), a.Digest)
	w.noError(err)
	w.equal("kept key", got, a)

	refusal := errors.New("no")
	_, err = w.ChangeKey(w.ctx(), a.ID, func(k *account.Key) (*account.Key, error) {
		k.Revoked = time.Time{}
		return nil, refusal
	})
	if !errors.Is(err, refusal) {
		w.t.Fatalf("got %v, want the refusal", err)
	}
	got, err = w.Key(w.ctx(), a.Digest)
	w.noError(err)
	w.equal("key after a refusal", got, a)
	_, err = w.ChangeKey(w.ctx(), "key_unknown", func(*account.Key) (*account.Key, error) { return nil, nil })
	w.isKind(err, fault.NotFound, "KEY_NOT_FOUND")
}

func keyChangeAdd(w *world) {
	old, taken := w.key("ann", 1), w.key("bob", 2)
	w.noError(w.CreateKey(w.ctx(), old))
	w.noError(w.CreateKey(w.ctx(), taken))
	rotate := func(add account.Key) (account.Key, error) {
		return w.ChangeKey(w.ctx(), old.ID, func(k *account.Key) (*account.Key, error) {
			k.Revoked = w.now().Add(time.Hour)
			return &add, nil
		})
	}
	clash := w.key("ann", 3)
	clash.Digest = taken.Digest
	_, err := rotate(clash)
	w.isKind(err, fault.Conflict, "KEY_TAKEN")
	got, err := w.Key(w.ctx(), old.Digest)
	w.noError(err)
	w.equal("old key after a clash", got, old)

	add := w.key("somebody", 3)
	add.Plan = ""
	got, err = rotate(add)
	w.noError(err)
	old.Revoked = w.now().Add(time.Hour)
	w.equal("old key", got, old)
	add.Owner, add.Plan = "ann", "default" // the owner and plan of the old one
	got, err = w.Key(w.ctx(), add.Digest)
	w.noError(err)
	w.equal("new key", got, add)
}

func keyPlans(w *world) {
	w.hasPlan("ann", "")
	w.submit("ann") // an owner without a key is no owner with a plan
	w.hasPlan("ann", "")
	for i, c := range []struct{ plan, want string }{
		{"", "default"}, {"unlimited", "unlimited"}, {"", "unlimited"}, {"small", "small"},
	} {
		k := w.key("ann", byte(i+1))
		k.Plan = c.plan
		w.noError(w.CreateKey(w.ctx(), k))
		w.hasPlan("ann", c.want)
	}
	first, err := w.Key(w.ctx(), w.key("ann", 1).Digest)
	w.noError(err)
	w.equal("plan of the first key", first.Plan, "small")
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

func (w *world) hasPlan(owner, want string) {
	w.t.Helper()
	o, err := w.Owner(w.ctx(), owner, 1)
	w.noError(err)
	w.equal("plan", o.Plan, want)
}

func keyTaken(w *world) {
	a := w.key("ann", 1)
	w.noError(w.CreateKey(w.ctx(), a))
	sameID, sameDigest := w.key("bob", 2), w.key("bob", 3)
	sameID.ID, sameDigest.Digest = a.ID, a.Digest
	w.isKind(w.CreateKey(w.ctx(), sameID), fault.Conflict, "KEY_TAKEN")
	w.isKind(w.CreateKey(w.ctx(), sameDigest), fault.Conflict, "KEY_TAKEN")
	w.hasPlan("bob", "")
}
