package auth_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
)

func newKeys(store auth.Store, ttl time.Duration) *auth.Keys {
	return auth.New(store, time.Now, rand.Reader, ttl)
}

// create makes a key that must succeed.
func create(t *testing.T, keys *auth.Keys, n auth.NewKey) (string, account.Key) {
	t.Helper()
	secret, key, err := keys.Create(t.Context(), n)
	if err != nil {
		t.Fatalf("create %+v: %v", n, err)
	}
	return secret, key
}

func TestOnlyTheDigestOfAKeyIsKept(t *testing.T) {
	store := newMemory()
	secret, key := create(t, newKeys(store, 0), auth.NewKey{Owner: "ann"})
	if !regexp.MustCompile(`^ck_[A-Za-z0-9]{49}$`).MatchString(secret) {
		t.Errorf("key %q has not the form of a key", secret)
	}
	if want := sha256.Sum256([]byte(secret)); key.Digest != want || store.keys[0].Digest != want {
		t.Error("the digest is not the SHA-256 of the key's text")
	}
	if strings.Contains(fmt.Sprintf("%+v", store.keys), secret[3:46]) {
		t.Error("the store has the key itself")
	}
	if !regexp.MustCompile(`^key_[0-9a-f]{16}$`).MatchString(key.ID) {
		t.Errorf("id %q has not the form of an id", key.ID)
	}
}

func TestAKeyEndsWithItsChecksum(t *testing.T) {
	for range 100 {
		secret, _ := create(t, newKeys(newMemory(), 0), auth.NewKey{Owner: "ann"})
		got, ok := new(big.Int).SetString(secret[46:], 62)
		if want := int64(crc32.ChecksumIEEE([]byte(secret[:46]))); !ok || got.Int64() != want {
			t.Fatalf("checksum of %q: got %v, want %d", secret, got, want)
		}
	}
}

func TestAKeyOfAllZerosHasTheSameLengthAsAnyOther(t *testing.T) {
	keys := auth.New(newMemory(), time.Now, bytes.NewReader(make([]byte, 40)), 0)
	secret, key := create(t, keys, auth.NewKey{Owner: "ann"})
	if !strings.HasPrefix(secret, "ck_"+strings.Repeat("0", 43)) || len(secret) != 52 || key.ID != "key_0000000000000000" {
		t.Errorf("got key %q, id %q", secret, key.ID)
	}
	if _, _, err := keys.Create(t.Context(), auth.NewKey{Owner: "ann"}); err == nil {
		t.Error("a key was made without randomness")
	}
}

func TestWhatAKeyCanBeMadeWith(t *testing.T) {
	for _, c := range []struct {
		name          string
		in            auth.NewKey
		scopes, tools string
		code          string // of the refusal; empty if it is taken
	}{
		{"nothing but an owner", auth.NewKey{}, "[submit read]", "[]", ""},
		{"scopes in any order, twice", auth.NewKey{Scopes: []string{"read", "submit", "read"}}, "[submit read]", "[]", ""},
		{"one scope", auth.NewKey{Scopes: []string{"read"}}, "[read]", "[]", ""},
		{"work with tools", auth.NewKey{Scopes: []string{"work"}, Tools: []string{"b", "a-1", "b"}}, "[work]", "[a-1 b]", ""},
		{"work with others", auth.NewKey{Scopes: []string{"work", "read"}, Tools: []string{"a"}}, "", "", "INVALID_SCOPE"},
		{"an operator's", auth.NewKey{Scopes: []string{"admin", "admin"}}, "[admin]", "[]", ""},
		{"an operator's with others", auth.NewKey{Scopes: []string{"read", "admin"}}, "", "", "INVALID_SCOPE"},
		{"an operator's with work", auth.NewKey{Scopes: []string{"work", "admin"}, Tools: []string{"a"}}, "", "", "INVALID_SCOPE"},
		{"an operator's with tools", auth.NewKey{Scopes: []string{"admin"}, Tools: []string{"a"}}, "", "", "INVALID_TOOLS"},
		{"an unknown scope", auth.NewKey{Scopes: []string{"root"}}, "", "", "INVALID_SCOPE"},
		{"an empty scope", auth.NewKey{Scopes: []string{""}}, "", "", "INVALID_SCOPE"},
		{"work without tools", auth.NewKey{Scopes: []string{"work"}}, "", "", "INVALID_TOOLS"},
		{"tools without work", auth.NewKey{Tools: []string{"b", "a"}}, "[submit read]", "[a b]", ""},
		{"an impossible network", auth.NewKey{From: []string{"10.0.0.0/8", "10.0.0.0/33"}}, "", "", "INVALID_NETWORKS"},
		{"too many networks", auth.NewKey{From: make([]string, 51)}, "", "", "INVALID_NETWORKS"},
		{"an impossible tool", auth.NewKey{Scopes: []string{"work"}, Tools: []string{"../a"}}, "", "", "INVALID_TOOLS"},
		{"too many tools", auth.NewKey{Scopes: []string{"work"}, Tools: make([]string, 101)}, "", "", "INVALID_TOOLS"},
		{"a bad owner", auth.NewKey{Owner: "Ann"}, "", "", "INVALID_OWNER"},
		{"a long name", auth.NewKey{Name: strings.Repeat("é", 200)}, "[submit read]", "[]", ""},
		{"too long a name", auth.NewKey{Name: strings.Repeat("é", 201)}, "", "", "INVALID_NAME"},
		{"a name of two lines", auth.NewKey{Name: "a\nb"}, "", "", "INVALID_NAME"},
		{"a name that is not text", auth.NewKey{Name: "\xff"}, "", "", "INVALID_NAME"},
		{"an expiry before now", auth.NewKey{Expires: -1}, "", "", "INVALID_EXPIRY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.in.Owner == "" {
				c.in.Owner = "ann"
			}
			secret, key, err := newKeys(newMemory(), 0).Create(t.Context(), c.in)
			if c.code != "" {
				if !fault.Is(err, fault.Invalid) || !fault.IsCode(err, c.code) || secret != "" {
					t.Errorf("got key %q, error %v, want %s", secret, err, c.code)
				}
				return
			}
			if err != nil || fmt.Sprint(key.Scopes) != c.scopes || fmt.Sprint(key.Tools) != c.tools {
				t.Errorf("got scopes %v, tools %v, error %v, want %s, %s", key.Scopes, key.Tools, err, c.scopes, c.tools)
			}
		})
	}
}

func TestKeysAreListedWithoutTheirSecrets(t *testing.T) {
	keys := newKeys(newMemory(), 0)
	_, first := create(t, keys, auth.NewKey{Owner: "ann", Name: "first"})
	_, second := create(t, keys, auth.NewKey{Owner: "bob", Plan: "unlimited"})
	got, err := keys.List(t.Context())
	if err != nil || len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID || got[1].Plan != "unlimited" {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestARevokedKeyIsVoidAtOnceAndKeepsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		keys := newKeys(store, 0)
		secret, key := create(t, keys, auth.NewKey{Owner: "ann"})
		wantOK(t, keys, secret)
		if err := keys.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, keys, secret)
		at := store.keys[0].Revoked
		<-time.After(time.Hour)
		if err := keys.Revoke(t.Context(), key.ID); err != nil || !store.keys[0].Revoked.Equal(at) {
			t.Errorf("revoked again: error %v, time %v, want %v", err, store.keys[0].Revoked, at)
		}
	})
}

func TestARotatedKeyWorksUntilTheOverlapEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := newKeys(newMemory(), 0)
		old, key := create(t, keys, auth.NewKey{
			Owner: "ann", Plan: "unlimited", Name: "ci", Scopes: []string{"work"}, Tools: []string{"x"}, Expires: 48 * time.Hour,
		})
		wantOK(t, keys, old)
		fresh, made, err := keys.Rotate(t.Context(), key.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if made.ID == key.ID || made.Owner != "ann" || made.Plan != "unlimited" || made.Name != "ci" || !made.Expires.Equal(key.Expires) ||
			!slices.Equal(made.Scopes, key.Scopes) || !slices.Equal(made.Tools, key.Tools) {
			t.Errorf("rotated %+v to %+v", key, made)
		}
		<-time.After(time.Hour - time.Millisecond)
		wantOK(t, keys, old)
		wantOK(t, keys, fresh)
		<-time.After(time.Millisecond)
		wantRefused(t, keys, old)
		wantOK(t, keys, fresh)
		<-time.After(47 * time.Hour)
		wantRefused(t, keys, fresh) // the old key's expiry is its own
	})
}

func TestARotationWithoutOverlapEndsTheOldKeyAtOnce(t *testing.T) {
	keys := newKeys(newMemory(), 0)
	old, key := create(t, keys, auth.NewKey{Owner: "ann"})
	wantOK(t, keys, old)
	fresh, _, err := keys.Rotate(t.Context(), key.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, keys, old)
	wantOK(t, keys, fresh)
}

func TestASecondRotationDoesNotProlongTheFirst(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	_, key := create(t, keys, auth.NewKey{Owner: "ann"})
	for _, overlap := range []time.Duration{time.Hour, 100 * time.Hour} {
		if _, _, err := keys.Rotate(t.Context(), key.ID, overlap); err != nil {
			t.Fatal(err)
		}
	}
	if left := time.Until(store.keys[0].Revoked); left > time.Hour || left < 55*time.Minute {
		t.Errorf("the old key lives for %v more, want an hour", left)
	}
}

func TestChangesOfAKeyThatCannotBe(t *testing.T) {
	keys := newKeys(newMemory(), 0)
	_, revoked := create(t, keys, auth.NewKey{Owner: "ann"})
	if err := keys.Revoke(t.Context(), revoked.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func() error
		kind fault.Kind
	}{
		{"revoke an unknown key", func() error { return keys.Revoke(t.Context(), "key_0") }, fault.NotFound},
		{"rotate an unknown key", func() error { return rotate(t, keys, "key_0", 0) }, fault.NotFound},
		{"rotate a revoked key", func() error { return rotate(t, keys, revoked.ID, 0) }, fault.Invalid},
		{"rotate with an overlap before now", func() error { return rotate(t, keys, revoked.ID, -1) }, fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); !fault.Is(err, c.kind) {
				t.Errorf("got %v", err)
			}
		})
	}
	if all, _ := keys.List(t.Context()); len(all) != 1 {
		t.Errorf("%d keys, want the one", len(all))
	}
}

func rotate(t *testing.T, keys *auth.Keys, id string, overlap time.Duration) error {
	t.Helper()
	_, _, err := keys.Rotate(t.Context(), id, overlap)
	return err
}

func TestTroubleOfTheStoreIsNotTheKeysFault(t *testing.T) {
	store := newMemory()
	keys := newKeys(store, 0)
	secret, key := create(t, keys, auth.NewKey{Owner: "ann"})
	full := fault.New(fault.Unavailable, "UNAVAILABLE", "no room")
	store.failWith(full)
	_, _, created := keys.Create(t.Context(), auth.NewKey{Owner: "ann"})
	_, listed := keys.List(t.Context())
	_, checked := keys.Check(t.Context(), secret)
	for name, err := range map[string]error{
		"create": created, "list": listed, "check": checked,
		"revoke": keys.Revoke(t.Context(), key.ID), "rotate": rotate(t, keys, key.ID, 0),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: got %v, want the store's error", name, err)
		}
	}
	store.failWith(nil)
	wantOK(t, keys, secret) // and nothing was changed
}
