package auth_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
)

func wantOK(t *testing.T, keys *auth.Keys, secret string) *auth.Principal {
	t.Helper()
	p, err := keys.Check(t.Context(), secret)
	if err != nil {
		t.Fatalf("valid key refused: %v", err)
	}
	return p
}

func wantRefused(t *testing.T, keys *auth.Keys, secret string) {
	t.Helper()
	p, err := keys.Check(t.Context(), secret)
	if f := fault.Of(err); p != nil || f == nil || f.Kind != fault.Unauthorized || f.Code != "UNAUTHORIZED" ||
		f.Message != "Missing authorizer context" || f.Details != nil || f.Cause != nil {
		t.Fatalf("got %v, error %v, want the one answer to keys that do not count", p, err)
	}
}

// swapped exchanges the first two neighbours of a key that differ.
func swapped(secret string) string {
	at := 3
	for secret[at] == secret[at+1] {
		at++
	}
	return secret[:at] + secret[at+1:at+2] + secret[at:at+1] + secret[at+2:]
}

func TestATextThatIsNoKeyIsRefusedWithoutALookUp(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
	last := "0"
	if strings.HasSuffix(secret, "0") {
		last = "1"
	}
	for name, text := range map[string]string{
		"empty":              "",
		"short":              secret[:51],
		"long":               secret + "0",
		"very long":          strings.Repeat(secret, 1000),
		"a typing error":     secret[:51] + last,
		"two swapped":        swapped(secret),
		"another prefix":     "sk_" + secret[3:],
		"upper case prefix":  "CK_" + secret[3:],
		"a space before":     " " + secret[:51],
		"bytes, not letters": secret[:20] + "\xff\x00" + secret[22:],
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, keys, text) })
	}
	if got := store.readCount(); got != 0 {
		t.Errorf("%d look-ups, want none", got)
	}
	wantOK(t, keys, secret)
}

func TestAnUnknownKeyIsRememberedForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := newMemory()
		secret, key := create(t, newKeys(peer, 0), auth.NewKey{Owner: "ann"}) // by another server
		store := newMemory()
		keys := newKeys(store, time.Second)
		for range 3 {
			for range 100 {
				wantRefused(t, keys, secret)
			}
			time.Sleep(time.Second) //nolint:forbidigo // of a bubble
		}
		if got := store.readCount(); got != 3 {
			t.Errorf("%d look-ups in three seconds, want 3", got)
		}
		wantRefused(t, keys, secret)
		if err := store.CreateKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) //nolint:forbidigo // of a bubble
		wantOK(t, keys, secret)
	})
}

func TestManyUnknownKeysAreNotKept(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	other := newKeys(newMemory(), 0)
	for range 5000 {
		secret, _ := create(t, other, auth.NewKey{Owner: "ann"})
		wantRefused(t, keys, secret)
	}
	if got := keys.Cached(); got != 0 {
		t.Errorf("%d of them are remembered as keys", got)
	}
	secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
	wantOK(t, keys, secret)
}

// A doorman counts who passes.
type doorman struct{ in, out int }

func (d *doorman) Enter(context.Context) (func(), error) { d.in++; return func() { d.out++ }, nil }

func TestOnlyTheStoreIsBehindTheGate(t *testing.T) {
	keys := newKeys(newMemory(), 0)
	secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
	unknown, _ := create(t, newKeys(newMemory(), 0), auth.NewKey{Owner: "ann"})
	var d doorman
	for range 3 {
		for _, text := range []string{secret, unknown, "no key", secret[:51] + "_"} {
			_, err := keys.CheckBehind(t.Context(), &d, text)
			if (err == nil) != (text == secret) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	if d != (doorman{2, 2}) {
		t.Errorf("the gate was passed %d times, and left %d times; want once for each key", d.in, d.out)
	}
}

func TestAKnownKeyIsReadOnce(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	secret, key := create(t, keys, auth.NewKey{Owner: "ann", Plan: "unlimited"})
	first := wantOK(t, keys, secret)
	if first.Key.ID != key.ID || first.Key.Owner != "ann" || first.Key.Plan != "unlimited" || !first.Key.Has(account.ScopeRead) {
		t.Errorf("got %+v", first.Key)
	}
	first.Slot.Store("mine")
	for range 10 {
		if p := wantOK(t, keys, secret); p != first || p.Slot.Load() != "mine" {
			t.Fatal("another principal for the same key")
		}
	}
	if got := store.readCount(); got != 1 {
		t.Errorf("%d look-ups, want 1", got)
	}
}

func TestAKeyExpiresWhileItIsCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := newKeys(newMemory(), 0)
		secret, _ := create(t, keys, auth.NewKey{Owner: "ann", Expires: time.Hour})
		wantOK(t, keys, secret)
		<-time.After(time.Hour - time.Nanosecond)
		wantOK(t, keys, secret)
		<-time.After(time.Nanosecond)
		wantRefused(t, keys, secret)
	})
}

func TestAVeryDistantExpiryIsNoEarlyOne(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
	for year, valid := range map[int]bool{9999: true, 2262: true, 1969: false} {
		store.keys[0].Expires = time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
		if _, err := newKeys(store, 0).Check(t.Context(), secret); (err == nil) != valid {
			t.Errorf("expiry in %d: error %v, want valid %t", year, err, valid)
		}
	}
}

func TestANewPlanCountsForTheOwnersOtherKeysAtOnce(t *testing.T) {
	keys := newKeys(newMemory(), 0)
	secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
	other, _ := create(t, keys, auth.NewKey{Owner: "bob"})
	wantOK(t, keys, secret)
	bob := wantOK(t, keys, other)
	create(t, keys, auth.NewKey{Owner: "ann", Plan: "unlimited"})
	if p := wantOK(t, keys, secret); p.Key.Plan != "unlimited" {
		t.Errorf("plan %q, want unlimited", p.Key.Plan)
	}
	if wantOK(t, keys, other) != bob {
		t.Error("another owner's key was forgotten too")
	}
}

func TestAChangeMadeElsewhereIsSeenAfterForget(t *testing.T) {
	store := newMemory()
	here, peer := newKeys(store, 0), newKeys(store, 0)
	secret, key := create(t, here, auth.NewKey{Owner: "ann"})
	wantOK(t, here, secret)
	if err := peer.Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	wantOK(t, here, secret) // nobody told it
	here.Forget(key.ID)
	wantRefused(t, here, secret)
}

func TestAChangeMadeElsewhereIsSeenAfterTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		here, peer := newKeys(store, 2*time.Second), newKeys(store, 0)
		secret, key := create(t, peer, auth.NewKey{Owner: "ann"})
		first := wantOK(t, here, secret)
		<-time.After(2 * time.Second)
		if wantOK(t, here, secret) != first {
			t.Error("read again without a change: another principal")
		}
		if got := store.readCount(); got != 2 {
			t.Errorf("%d look-ups, want 2", got)
		}
		if err := peer.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		<-time.After(2*time.Second - 1)
		wantOK(t, here, secret)
		<-time.After(1)
		wantRefused(t, here, secret)
	})
}

func TestAKeyDeletedElsewhereIsSeenAfterTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		keys := newKeys(store, time.Second)
		secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
		wantOK(t, keys, secret)
		store.keys = nil
		<-time.After(time.Second)
		wantRefused(t, keys, secret)
		wantRefused(t, keys, secret)
	})
}

func TestAStoreInTroubleIsToldWhenAKeyMustBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		keys := newKeys(store, time.Second)
		secret, _ := create(t, keys, auth.NewKey{Owner: "ann"})
		wantOK(t, keys, secret)
		store.failWith(context.Canceled)
		wantOK(t, keys, secret)
		<-time.After(time.Second)
		if _, err := keys.Check(t.Context(), secret); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the store's error", err)
		}
		store.failWith(nil)
		wantOK(t, keys, secret)
	})
}

func TestARevocationDuringALookUpIsNotLost(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	secret, key := create(t, keys, auth.NewKey{Owner: "ann"})
	store.after = func() { // the valid key was read, and is not in the cache yet
		if err := keys.Revoke(t.Context(), key.ID); err != nil {
			t.Error(err)
		}
	}
	wantOK(t, keys, secret) // this call began before the revocation
	wantRefused(t, keys, secret)
}

func TestTheCacheStaysBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("checks 110,000 keys")
	}
	store := newMemory()
	keys := newKeys(&anything{store}, 0)
	for i := range auth.MaxCached + 10_000 {
		wantOK(t, keys, secretNumber(i))
	}
	wantOK(t, keys, secretNumber(0)) // cached or not
	if got := keys.Cached(); got > auth.MaxCached || got < auth.MaxCached*9/10 {
		t.Errorf("%d entries, want about %d and no more", got, auth.MaxCached)
	}
}

// secretNumber returns a text with the form of a key.
func secretNumber(i int) string {
	text := fmt.Sprintf("ck_%043d", i)
	sum := big.NewInt(int64(crc32.ChecksumIEEE([]byte(text)))).Text(62)
	return text + strings.Repeat("0", 6-len(sum)) + sum
}

// anything knows every key.
type anything struct{ *memory }

func (*anything) Key(_ context.Context, digest [32]byte) (account.Key, error) {
	return account.Key{Digest: digest, Owner: "ann"}, nil
}

func TestChecksRevocationsAndRotationsMixFreely(t *testing.T) {
	keys := newKeys(newMemory(), time.Nanosecond)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				secret, key := create(t, keys, auth.NewKey{Owner: "ann"})
				wantOK(t, keys, secret)
				fresh, made, err := keys.Rotate(t.Context(), key.ID, 0)
				if err != nil {
					t.Error(err)
				}
				wantRefused(t, keys, secret)
				wantOK(t, keys, fresh)
				if err := keys.Revoke(t.Context(), made.ID); err != nil {
					t.Error(err)
				}
				wantRefused(t, keys, fresh)
			}
		})
	}
	group.Wait()
}

func FuzzCheck(f *testing.F) {
	keys := newKeys(newMemory(), 0)
	secret, _, err := keys.Create(f.Context(), auth.NewKey{Owner: "ann"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(secret)
	f.Add("ck_")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := keys.Check(t.Context(), text); (err == nil) != (text == secret) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func benchKeys(b *testing.B) (*auth.Keys, string) {
	b.Helper()
	keys := newKeys(newMemory(), 0)
	var secret string
	for range 1000 {
		var err error
		if secret, _, err = keys.Create(b.Context(), auth.NewKey{Owner: "ann", Expires: time.Hour}); err != nil {
			b.Fatal(err)
		}
		if _, err = keys.Check(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	return keys, secret
}

func BenchmarkCheck(b *testing.B) {
	keys, secret := benchKeys(b)
	ctx := b.Context()
	for b.Loop() {
		if _, err := keys.Check(ctx, secret); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckParallel(b *testing.B) {
	keys, secret := benchKeys(b)
	ctx := b.Context()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := keys.Check(ctx, secret); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkCheckOfAMalformedKey(b *testing.B) {
	keys, secret := benchKeys(b)
	bad := secret[:51] + "_"
	ctx := b.Context()
	for b.Loop() {
		if _, err := keys.Check(ctx, bad); err == nil {
			b.Fatal("accepted")
		}
	}
}
