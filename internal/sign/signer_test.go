package sign_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/sign"
)

// memory is a sign.Store.
type memory struct {
	mu      sync.Mutex // guards the fields below
	secrets []account.Secret
	fail    error // returned by both methods
	reads   int
}

func (m *memory) Secrets(context.Context) ([]account.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return slices.Clone(m.secrets), m.fail
}

func (m *memory) AddSecret(_ context.Context, s account.Secret, drop time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.secrets = slices.DeleteFunc(m.secrets, func(old account.Secret) bool {
		return !old.Retired.IsZero() && old.Retired.Before(drop)
	})
	for i := range m.secrets {
		if m.secrets[i].Retired.IsZero() {
			m.secrets[i].Retired = s.Created
		}
	}
	m.secrets = append(m.secrets, s)
	return nil
}

func load(t *testing.T, store sign.Store, random io.Reader) *sign.Signer {
	t.Helper()
	s, err := sign.Load(t.Context(), store, time.Now, random, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSignaturesAreWhatOpenSSLMakes has its constants from another
// implementation; for each PURPOSE:
//
//	S=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
//	K=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:$S -kdfopt info:claimcheck/1/PURPOSE HKDF | tr -d ':\n')
//	printf '5:a.txt10:1700000000' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$K -binary | basenc --base64url | tr -d =
//
// node's crypto.hkdfSync and createHmac say the same.
func TestSignaturesAreWhatOpenSSLMakes(t *testing.T) {
	known := make([]byte, 32)
	for i := range known {
		known[i] = byte(i)
	}
	s := load(t, &memory{secrets: []account.Secret{{ID: "00c0ffee", Bytes: known}}}, nil)
	for purpose, want := range map[sign.Purpose]string{
		sign.Link:     "zXSThLEZErwdkaI9K2SWUVYLczSyCZo_bxVyacYluOw",
		sign.Upload:   "hX0gw-AqXEQa8lNj0VZAcS461jwqW4d-kfeLueWuG0o",
		sign.Callback: "nybO6j4EaAiM121biKM25bf6OwzM0eA_3YEwfULs02k",
		sign.Work:     "2ajaeV8Nk_KkfRHVJiSqLrPuy6HWx7Cx_PfXAwGtr3E",
		sign.Token:    "t3c0Hz3Q77TA5XVb-OfamVcxbt-v3PMVkFU2DQ3tpBw",
	} {
		got := s.Sign(purpose, "a.txt", "1700000000")
		if got != "00c0ffee."+want {
			t.Errorf("%s: got %s, want 00c0ffee.%s", purpose, got, want)
		}
		if !s.Verify(purpose, got, "a.txt", "1700000000") {
			t.Errorf("%s: its own signature is refused", purpose)
		}
	}
}

func TestASignatureCountsForNothingElse(t *testing.T) {
	s := load(t, &memory{}, rand.Reader)
	good := s.Sign(sign.Link, "ab", "c")
	if !s.Verify(sign.Link, good, "ab", "c") {
		t.Fatal("a good signature is refused")
	}
	last := "A"
	if strings.HasSuffix(good, "A") {
		last = "B"
	}
	for _, c := range []struct {
		name      string
		purpose   sign.Purpose
		signature string
		parts     []string
	}{
		{"another purpose", sign.Upload, good, []string{"ab", "c"}},
		{"parts cut in another way", sign.Link, good, []string{"a", "bc"}},
		{"parts joined", sign.Link, good, []string{"abc"}},
		{"parts joined as they are signed", sign.Link, good, []string{"ab1:c"}},
		{"a part more", sign.Link, good, []string{"ab", "c", ""}},
		{"a part less", sign.Link, good, []string{"ab"}},
		{"other order", sign.Link, good, []string{"c", "ab"}},
		{"no parts", sign.Link, good, nil},
		{"empty", sign.Link, "", []string{"ab", "c"}},
		{"a point", sign.Link, ".", []string{"ab", "c"}},
		{"the id alone", sign.Link, good[:8], []string{"ab", "c"}},
		{"the id and a point", sign.Link, good[:9], []string{"ab", "c"}},
		{"an unknown id", sign.Link, "ffffffff" + good[8:], []string{"ab", "c"}},
		{"no id", sign.Link, good[8:], []string{"ab", "c"}},
		{"cut short", sign.Link, good[:51], []string{"ab", "c"}},
		{"something after it", sign.Link, good + "=", []string{"ab", "c"}},
		{"a line break after it", sign.Link, good + "\n", []string{"ab", "c"}},
		{"its last digit changed", sign.Link, good[:51] + last, []string{"ab", "c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s.Verify(c.purpose, c.signature, c.parts...) {
				t.Errorf("%q accepted", c.signature)
			}
		})
	}
}

func TestTheFirstSecretIsMadeOnceAndKept(t *testing.T) {
	store := &memory{}
	first := load(t, store, rand.Reader)
	second := load(t, store, nil) // needs no randomness: nothing is made
	if len(store.secrets) != 1 || len(store.secrets[0].Bytes) != 32 || len(store.secrets[0].ID) != 8 {
		t.Fatalf("%d secrets, want one of 32 bytes", len(store.secrets))
	}
	if !second.Verify(sign.Link, first.Sign(sign.Link, "x"), "x") {
		t.Error("after a restart a signature is refused")
	}
}

func TestAnOldSecretVerifiesUntilItsLongestSignatureHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		s := load(t, store, rand.Reader)
		old := s.Sign(sign.Link, "x")
		<-time.After(24 * time.Hour)
		id, err := s.Rotate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if fresh := s.Sign(sign.Link, "x"); !strings.HasPrefix(fresh, id+".") || fresh == old || !s.Verify(sign.Link, fresh, "x") {
			t.Errorf("after rotation to %s got %s", id, fresh)
		}
		<-time.After(time.Hour - 1)
		if !s.Verify(sign.Link, old, "x") {
			t.Error("the old signature is refused too early")
		}
		<-time.After(1)
		if s.Verify(sign.Link, old, "x") {
			t.Error("the old signature is accepted too long")
		}
		if _, err := s.Rotate(t.Context()); err != nil { // still kept: retired an hour ago, not longer
			t.Fatal(err)
		}
		<-time.After(sign.KeyOverlap + time.Hour) // for so long its keys sign webhooks
		if _, err := s.Rotate(t.Context()); err != nil || len(store.secrets) != 2 {
			t.Errorf("%d secrets kept, error %v, want 2", len(store.secrets), err)
		}
	})
}

// TestKeysOfWebhooksAreAnOwners: the same after a restart, other ones for others, and
// the old one beside the new one for a day.
func TestKeysOfWebhooksAreAnOwners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		s := load(t, store, rand.Reader)
		one := func(s *sign.Signer, owner string) string {
			t.Helper()
			keys := s.WebhookKeys(owner, time.Now())
			if len(keys) != 1 || !keys[0].Until.IsZero() {
				t.Fatalf("%d keys, want one that has no end", len(keys))
			}
			return string(keys[0].Private)
		}
		ann := one(s, "ann")
		if ann == one(s, "bob") || ann == one(s, "") || ann != one(load(t, store, nil), "ann") {
			t.Error("the keys are not an owner's own, or others after a restart")
		}
		if _, err := s.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		both := s.WebhookKeys("ann", time.Now())
		if len(both) != 2 || string(both[1].Private) != ann || string(both[0].Private) == ann || !both[1].Until.Equal(time.Now().Add(sign.KeyOverlap)) {
			t.Errorf("after a rotation there are %d keys", len(both))
		}
		<-time.After(sign.KeyOverlap)
		if one(s, "ann") == ann {
			t.Error("the old key signs after a day")
		}
	})
}

// TestARotationElsewhereIsSeenAtOnce: what one server signs after it, another
// is shown next.
func TestARotationElsewhereIsSeenAtOnce(t *testing.T) {
	store := &memory{}
	here, peer := load(t, store, rand.Reader), load(t, store, rand.Reader)
	if _, err := peer.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := peer.Sign(sign.Token, "x")
	if !here.Verify(sign.Token, fresh, "x") || here.Verify(sign.Token, fresh, "y") {
		t.Error("what a peer signed is refused, or anything is taken")
	}
	if here.Sign(sign.Token, "x") != fresh {
		t.Error("it does not sign with it")
	}
}

func TestUnknownSecretsAreLookedForAtAPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		s := load(t, store, rand.Reader)
		before := store.reads
		for i := range 100 {
			if s.Verify(sign.Link, fmt.Sprintf("%08x.AAAA", i), "x") {
				t.Fatal("an invented signature counts")
			}
			<-time.After(100 * time.Millisecond)
		}
		if n := store.reads - before; n < 9 || n > 11 {
			t.Errorf("the store was read %d times in 10 s, want once a second", n)
		}
		store.fail = errors.New("down")
		<-time.After(time.Minute)
		good := s.Sign(sign.Link, "x")
		if s.Verify(sign.Link, "00000000.AAAA", "x") || !s.Verify(sign.Link, good, "x") {
			t.Error("without the store a known secret does not verify, or an unknown one does")
		}
	})
}

func TestASecretsIDIsNeverUsedTwice(t *testing.T) {
	first, second := bytes.Repeat([]byte{1}, 36), bytes.Repeat([]byte{2}, 36)
	random := bytes.NewReader(slices.Concat(first, first, second))
	s := load(t, &memory{}, random)
	if id, err := s.Rotate(t.Context()); err != nil || id != "02020202" {
		t.Errorf("got id %s, error %v, want 02020202", id, err)
	}
}

func TestTroubleOfTheStoreChangesNothing(t *testing.T) {
	store := &memory{}
	s := load(t, store, rand.Reader)
	old := s.Sign(sign.Link, "x")
	store.fail = errors.New("no room")
	_, rotated := s.Rotate(t.Context())
	_, loaded := sign.Load(t.Context(), store, time.Now, rand.Reader, time.Hour)
	for name, err := range map[string]error{"rotate": rotated, "load": loaded, "reload": s.Reload(t.Context())} {
		if !errors.Is(err, store.fail) {
			t.Errorf("%s: got %v, want the store's error", name, err)
		}
	}
	if s.Sign(sign.Link, "x") != old {
		t.Error("another secret signs")
	}
}

func TestADamagedSecretIsRefused(t *testing.T) {
	store := &memory{secrets: []account.Secret{{ID: "00000000", Bytes: []byte("short")}}}
	_, err := sign.Load(t.Context(), store, time.Now, rand.Reader, time.Hour)
	if err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("got error %v, want one without the secret", err)
	}
}

func TestNoRandomnessNoSecret(t *testing.T) {
	if _, err := sign.Load(t.Context(), &memory{}, time.Now, bytes.NewReader(nil), time.Hour); err == nil {
		t.Error("a secret was made from nothing")
	}
}

func TestSigningGoesOnDuringRotations(t *testing.T) {
	s := load(t, &memory{}, rand.Reader)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 50 {
				part := fmt.Sprint(i)
				if !s.Verify(sign.Work, s.Sign(sign.Work, part), part) {
					t.Error("a fresh signature is refused")
				}
				if _, err := s.Rotate(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func FuzzVerify(f *testing.F) {
	s, err := sign.Load(f.Context(), &memory{}, time.Now, rand.Reader, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	good := s.Sign(sign.Link, "a", "b")
	f.Add(good, "a", "b")
	f.Add(good+".", "a", "b")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, signature, a, b string) {
		want := signature == s.Sign(sign.Link, a, b)
		if s.Verify(sign.Link, signature, a, b) != want {
			t.Errorf("%q for %q, %q: accepted is not %t", signature, a, b, want)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	s, err := sign.Load(b.Context(), &memory{}, time.Now, rand.Reader, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Sign(sign.Link, "json-formatter_0123456789abcdef0123456789abcdef.json", "1700000000")
	}
}
