package bearer

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"claimcheck/internal/fault"
)

const (
	renewEvery = 10 * time.Minute // a withdrawn key is believed for so long, and for as long as its keeper does not answer
	askAgain   = time.Minute      // after trouble, and for a key that is not there
	fetchTime  = 10 * time.Second
	maxKeySet  = 1 << 20 // bytes
	maxKeys    = 100     // of a set that are looked at
	leastRSA   = 2048    // bits (RFC 7518, section 3.3)
)

// A KeySet is the keys that an authorizer publishes: a file, or an https address,
// read when a token is to be checked and renewed while tokens come. It is safe for
// concurrent use.
type KeySet struct {
	source string
	client *http.Client
	log    *slog.Logger
	now    func() time.Time // a clock that never steps

	mu      sync.Mutex // guards the fields below, and is not held while the set is read
	keys    []jose.JSONWebKey
	read    time.Time     // when keys were read; zero: never
	asked   time.Time     // when they were asked for
	reading chan struct{} // closed when who reads now is done; nil: nobody does
}

// NewKeySet returns the keys at a source, a file's path or an https address, which
// is asked through client. now must never step back.
func NewKeySet(source string, client *http.Client, log *slog.Logger, now func() time.Time) *KeySet {
	own := *client
	own.Timeout = fetchTime
	own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" || len(via) > 3 {
			return errors.New("the key set's address leads elsewhere")
		}
		return nil
	}
	return &KeySet{source: source, client: &own, log: log, now: now}
}

// find returns the keys that may have signed a token: those of its kid, or all if
// it names none, that are for its algorithm. None that is known makes the set be
// read again, at most once a minute. Failure: Unavailable UNAVAILABLE if the set
// was never read.
func (s *KeySet) find(ctx context.Context, kid, algorithm string) ([]jose.JSONWebKey, error) {
	for {
		s.mu.Lock()
		found := s.matching(kid, algorithm)
		now := s.now()
		old := s.read.IsZero() || now.Sub(s.read) >= renewEvery
		due := (old || len(found) == 0) && (s.asked.IsZero() || now.Sub(s.asked) >= askAgain)
		if due && s.reading == nil {
			s.asked, s.reading = now, make(chan struct{})
			go s.renew(s.reading) //nolint:gosec // it ends by itself after fetchTime, and outlives the request so that the next one finds what it read
		}
		reading, ever := s.reading, !s.read.IsZero()
		s.mu.Unlock()
		switch {
		case len(found) > 0:
			return found, nil // also while they are renewed
		case reading == nil && ever:
			return nil, errToken
		case reading == nil:
			return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "The authorizer's keys cannot be read now; try again.").After(askAgain)
		}
		select {
		case <-reading:
		case <-ctx.Done():
			return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "The authorizer's keys cannot be read now; try again.").Because(ctx.Err())
		}
	}
}

// matching are the keys for a token. The caller holds the mutex.
func (s *KeySet) matching(kid, algorithm string) (list []jose.JSONWebKey) {
	for _, k := range s.keys {
		if (kid == "" || k.KeyID == kid) && (k.Algorithm == "" || k.Algorithm == algorithm) {
			list = append(list, k)
		}
	}
	return list
}

// renew reads the set; what cannot be read leaves the keys as they are.
func (s *KeySet) renew(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTime)
	defer cancel()
	keys, err := s.load(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the authorizer's keys could not be read", "source", s.source, "err", err)
	}
	s.mu.Lock()
	if err == nil {
		s.keys, s.read = keys, s.now()
	}
	s.reading = nil
	s.mu.Unlock()
	close(done)
}

// Check reads a set that is a file, so that a wrong one is said at once.
func (s *KeySet) Check(ctx context.Context) error {
	if s.remote() {
		return nil
	}
	_, err := s.load(ctx)
	return err
}

func (s *KeySet) remote() bool { return strings.HasPrefix(s.source, "https://") }

func (s *KeySet) load(ctx context.Context) ([]jose.JSONWebKey, error) {
	data, err := s.text(ctx)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("it is no key set: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, text := range set.Keys[:min(len(set.Keys), maxKeys)] {
		var k jose.JSONWebKey
		if err := json.Unmarshal(text, &k); err == nil && usable(&k) { // of kinds that are not known others may make use (RFC 7517, section 5)
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key that a token could be checked with")
	}
	return keys, nil
}

// usable reports whether a key is one to check signatures with.
func usable(k *jose.JSONWebKey) bool {
	if !k.IsPublic() || k.Use != "" && k.Use != "sig" || !k.Valid() {
		return false
	}
	rsaKey, ok := k.Key.(*rsa.PublicKey)
	return !ok || rsaKey.N.BitLen() >= leastRSA
}

func (s *KeySet) text(ctx context.Context) ([]byte, error) {
	if !s.remote() {
		f, err := os.Open(s.source)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return limited(f)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.source, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	res, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", res.Status)
	}
	return limited(res.Body)
}

func limited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxKeySet+1))
	if err == nil && len(data) > maxKeySet {
		err = fmt.Errorf("it is longer than %d bytes", maxKeySet)
	}
	return data, err
}
