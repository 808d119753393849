package storetest

import (
	"errors"
	"net/netip"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/store/storetest/world"
)

func keyRoundTrip(w *world.World) {
	a, b := w.NewKey("ann", 1), w.NewKey("bob", 2)
	b.Scopes, b.Tools = []string{account.ScopeWork}, []string{"x", "y"}
	b.From = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")}
	b.Expires, b.Revoked = w.Now().Add(time.Hour), w.Now().Add(time.Minute)
	b.Plan = "unlimited"
	w.NoError(w.CreateKey(w.Ctx(), a))
	w.Clock.Advance(time.Second)
	b.Created = w.Now()
	w.NoError(w.CreateKey(w.Ctx(), b))
	c := w.NewKey("ann", 3) // of the same time
	c.Scopes = nil
	w.NoError(w.CreateKey(w.Ctx(), c))
	for _, want := range []account.Key{a, b, c} {
		got, err := w.Key(w.Ctx(), want.Digest)
		w.NoError(err)
		w.Equal("key", got, want)
		got, err = w.KeyByID(w.Ctx(), want.ID)
		w.NoError(err)
		w.Equal("key by id", got, want)
	}
	all, err := w.Keys(w.Ctx())
	w.NoError(err)
	w.Equal("keys, oldest first", all, []account.Key{a, b, c})
	_, err = w.Key(w.Ctx(), [32]byte{})
	w.IsKind(err, fault.NotFound, "KEY_NOT_FOUND")
	for _, id := range []string{"", "key_unknown", a.ID + "\x00"} {
		_, err = w.KeyByID(w.Ctx(), id)
		w.IsKind(err, fault.NotFound, "KEY_NOT_FOUND")
	}
}

func keyChange(w *world.World) {
	a := w.NewKey("ann", 1)
	w.NoError(w.CreateKey(w.Ctx(), a))
	got, err := w.ChangeKey(w.Ctx(), a.ID, func(k *account.Key) (*account.Key, error) {
		w.Equal("key given to the change", *k, a)
		k.Revoked, k.Expires = w.Now(), w.Now().Add(time.Hour)
		k.Owner, k.Scopes = "bob", nil // not to be altered
		return nil, nil
	})
	w.NoError(err)
	a.Revoked, a.Expires = w.Now(), w.Now().Add(time.Hour)
	w.Equal("changed key", got, a)
	got, err = w.Key(w.Ctx(), a.Digest)
	w.NoError(err)
	w.Equal("kept key", got, a)

	refusal := errors.New("no")
	_, err = w.ChangeKey(w.Ctx(), a.ID, func(k *account.Key) (*account.Key, error) {
		k.Revoked = time.Time{}
		return nil, refusal
	})
	if !errors.Is(err, refusal) {
		w.T.Fatalf("got %v, want the refusal", err)
	}
	got, err = w.Key(w.Ctx(), a.Digest)
	w.NoError(err)
	w.Equal("key after a refusal", got, a)
	_, err = w.ChangeKey(w.Ctx(), "key_unknown", func(*account.Key) (*account.Key, error) { return nil, nil })
	w.IsKind(err, fault.NotFound, "KEY_NOT_FOUND")
}

func keyChangeAdd(w *world.World) {
	old, taken := w.NewKey("ann", 1), w.NewKey("bob", 2)
	w.NoError(w.CreateKey(w.Ctx(), old))
	w.NoError(w.CreateKey(w.Ctx(), taken))
	rotate := func(add account.Key) (account.Key, error) {
		return w.ChangeKey(w.Ctx(), old.ID, func(k *account.Key) (*account.Key, error) {
			k.Revoked = w.Now().Add(time.Hour)
			return &add, nil
		})
	}
	clash := w.NewKey("ann", 3)
	clash.Digest = taken.Digest
	_, err := rotate(clash)
	w.IsKind(err, fault.Conflict, "KEY_TAKEN")
	got, err := w.Key(w.Ctx(), old.Digest)
	w.NoError(err)
	w.Equal("old key after a clash", got, old)

	add := w.NewKey("somebody", 3)
	add.Plan = ""
	got, err = rotate(add)
	w.NoError(err)
	old.Revoked = w.Now().Add(time.Hour)
	w.Equal("old key", got, old)
	add.Owner, add.Plan = "ann", "default" // the owner and plan of the old one
	got, err = w.Key(w.Ctx(), add.Digest)
	w.NoError(err)
	w.Equal("new key", got, add)
}

func keyPlans(w *world.World) {
	w.HasPlan("ann", "")
	w.SubmitJob("ann") // an owner without a key is no owner with a plan
	w.HasPlan("ann", "")
	for i, c := range []struct{ plan, want string }{
		{"", "default"}, {"unlimited", "unlimited"}, {"", "unlimited"}, {"small", "small"},
	} {
		k := w.NewKey("ann", byte(i+1))
		k.Plan = c.plan
		w.NoError(w.CreateKey(w.Ctx(), k))
		w.HasPlan("ann", c.want)
	}
	first, err := w.Key(w.Ctx(), w.NewKey("ann", 1).Digest)
	w.NoError(err)
	w.Equal("plan of the first key", first.Plan, "small")
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

// ownerPlans: an owner whom somebody else vouches for has no key.
func ownerPlans(w *world.World) {
	for _, c := range []struct{ plan, want, kept string }{
		{"", "default", ""}, {"small", "small", "small"}, {"small", "small", "small"}, {"", "small", "small"}, {"unlimited", "unlimited", "unlimited"},
	} {
		got, err := w.PlanOwner(w.Ctx(), "ann", c.plan)
		w.NoError(err)
		w.Equal("plan", got, c.want)
		w.HasPlan("ann", c.kept)
	}
	k := w.NewKey("ann", 1)
	k.Plan = ""
	w.NoError(w.CreateKey(w.Ctx(), k))
	got, err := w.PlanOwner(w.Ctx(), "ann", "")
	w.NoError(err)
	w.Equal("plan beside a key", got, "unlimited")
	w.HasPlan("bob", "")
}

func keyTaken(w *world.World) {
	a := w.NewKey("ann", 1)
	w.NoError(w.CreateKey(w.Ctx(), a))
	sameID, sameDigest := w.NewKey("bob", 2), w.NewKey("bob", 3)
	sameID.ID, sameDigest.Digest = a.ID, a.Digest
	w.IsKind(w.CreateKey(w.Ctx(), sameID), fault.Conflict, "KEY_TAKEN")
	w.IsKind(w.CreateKey(w.Ctx(), sameDigest), fault.Conflict, "KEY_TAKEN")
	w.HasPlan("bob", "")
}
