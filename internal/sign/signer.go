// Package sign makes and checks the signatures of links, upload forms,
// callbacks and tokens, so that they work without a key and cannot be forged.
// It does not know what the signed parts mean, nor when a link expires: an
// expiry is one of the parts.
package sign

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
)

// A Purpose is what a signature is for. Each has its own key, so that a
// signature made for one never counts for another.
type Purpose string

// The purposes. Their words are part of the derived keys: a changed word voids
// all signatures of that purpose.
const (
	Link     Purpose = "link"     // downloads
	Upload   Purpose = "upload"   // upload forms
	Callback Purpose = "callback" // reports of HTTP tools
	Work     Purpose = "work"     // input and output addresses of pull workers
	Token    Purpose = "token"    // short-lived job tokens

	calls Purpose = "webhook" // whose keys are made from this one: see Signer.WebhookKeys
)

var purposes = []Purpose{Link, Upload, Callback, Work, Token, calls}

const (
	secretBytes = 32 // 256 bits
	idBytes     = 4

	lookEvery = time.Second     // between two looks for secrets that are not known
	lookTime  = 2 * time.Second // for one
)

// A Signer signs with the newest secret and verifies with all that are kept.
// It is safe for concurrent use; signing takes no lock, and verifying none but
// for a secret that is not known here.
type Signer struct {
	store   Store
	now     func() time.Time
	random  io.Reader
	longest time.Duration

	mu     sync.Mutex // held while ring is replaced; guards looked
	looked time.Time  // when an unknown secret was last looked for
	ring   atomic.Pointer[ring]
}

// A ring is an immutable set of secrets, ready for use.
type ring struct {
	signing string // the id of the newest
	secrets map[string]secret
}

type secret struct {
	keys  map[Purpose][]byte
	until time.Time // zero for the newest; from here on its signatures are void

	number  int       // in the order in which they were made
	retired time.Time // when it ended to sign; zero for the newest
}

// Load reads the secrets and makes the first one if there is none. random must
// be unpredictable (crypto/rand.Reader). longest is the life of the longest
// signature: a retired secret verifies that much longer, and is removed at the
// next rotation, after [KeyOverlap] at the earliest.
func Load(ctx context.Context, store Store, now func() time.Time, random io.Reader, longest time.Duration) (*Signer, error) {
	s := &Signer{store: store, now: now, random: random, longest: longest}
	if err := s.Reload(ctx); err != nil {
		return nil, err
	}
	if s.ring.Load().signing == "" {
		if _, err := s.Rotate(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Reload reads the secrets again: another process may have rotated them.
func (s *Signer) Reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reload(ctx)
}

// reload needs mu held.
func (s *Signer) reload(ctx context.Context) error {
	kept, err := s.store.Secrets(ctx)
	if err != nil {
		return fmt.Errorf("read signing secrets: %w", err)
	}
	next := &ring{secrets: make(map[string]secret, len(kept))}
	for i, k := range kept {
		keys, err := derive(k)
		if err != nil {
			return err
		}
		one := secret{keys: keys, number: i}
		if i+1 < len(kept) { // it signed until the next one was made
			one.retired = kept[i+1].Created
			one.until = one.retired.Add(s.longest)
		}
		next.secrets[k.ID] = one
		next.signing = k.ID
	}
	s.ring.Store(next)
	return nil
}

// derive makes one key for each purpose with HKDF-SHA256 (RFC 5869), no salt,
// the info being "claimcheck/1/" and the purpose.
func derive(k account.Secret) (map[Purpose][]byte, error) {
	if len(k.Bytes) != secretBytes {
		return nil, fmt.Errorf("signing secret %s has %d bytes, want %d", k.ID, len(k.Bytes), secretBytes)
	}
	keys := make(map[Purpose][]byte, len(purposes))
	for _, p := range purposes {
		key, err := hkdf.Key(sha256.New, k.Bytes, nil, "claimcheck/1/"+string(p), sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive signing key: %w", err)
		}
		keys[p] = key
	}
	return keys, nil
}

// Rotate adds a secret, which signs from now on, and returns its id. The
// others verify until the longest signature that they can have made has
// expired.
func (s *Signer) Rotate(ctx context.Context) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := make([]byte, idBytes+secretBytes)
	for id == "" || s.ring.Load().has(id) {
		if _, err := io.ReadFull(s.random, b); err != nil {
			return "", fmt.Errorf("make signing secret: %w", err)
		}
		id = hex.EncodeToString(b[:idBytes])
	}
	now := s.now().UTC()
	add := account.Secret{ID: id, Bytes: slices.Clone(b[idBytes:]), Created: now}
	if err := s.store.AddSecret(ctx, add, now.Add(-max(s.longest, KeyOverlap))); err != nil {
		return "", fmt.Errorf("add signing secret: %w", err)
	}
	return id, s.reload(ctx)
}

func (r *ring) has(id string) bool {
	_, ok := r.secrets[id]
	return ok
}

// Sign returns a signature of the parts, in this order: the secret's id, a
// point, and the base64url of an HMAC-SHA256 without padding. It is safe in
// URLs and 52 bytes long.
func (s *Signer) Sign(p Purpose, parts ...string) string {
	r := s.ring.Load()
	return r.sign(r.signing, p, parts)
}

// Verify reports whether a signature was made by Sign for the same purpose and
// parts with a secret that is still kept. Its time does not tell how much of a
// wrong signature is right.
func (s *Signer) Verify(p Purpose, signature string, parts ...string) bool {
	r := s.ring.Load()
	id, _, _ := strings.Cut(signature, ".")
	if !r.has(id) {
		r = s.lookFor(id)
	}
	k, ok := r.secrets[id]
	if !ok || !k.until.IsZero() && !s.now().Before(k.until) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(r.sign(id, p, parts)), []byte(signature)) == 1
}

// lookFor reads the secrets again, at a pace, because one is not known: another
// process may have made it just now, and signed with it already.
func (s *Signer) lookFor(id string) *ring {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.ring.Load().has(id) || now.Sub(s.looked).Abs() < lookEvery {
		return s.ring.Load()
	}
	s.looked = now
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	_ = s.reload(ctx) // without an answer the secret stays unknown
	return s.ring.Load()
}

// sign writes each part with its length before it, so that ("ab", "c") and
// ("a", "bc") are not the same message.
func (r *ring) sign(id string, p Purpose, parts []string) string {
	key, ok := r.secrets[id].keys[p]
	if !ok {
		panic("sign: unknown purpose " + string(p)) // they are constants: a mistake of ours
	}
	var message []byte
	for _, part := range parts {
		message = strconv.AppendInt(message, int64(len(part)), 10)
		message = append(message, ':')
		message = append(message, part...)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(message) // never fails
	return id + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
