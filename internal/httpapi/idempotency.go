package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"strings"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

const maxIdempotencyKey = 255

// idempotencyKey reads the Idempotency-Key field, a quoted or bare string of 1
// to 255 printable characters; empty if there is none.
func idempotencyKey(h http.Header) (string, error) {
	lines := h["Idempotency-Key"]
	if len(lines) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(lines[0])
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	bad := func(c rune) bool { return c < ' ' || c > '~' }
	if len(lines) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.ContainsFunc(key, bad) {
		return "", fault.New(fault.Invalid, "INVALID_REQUEST", "Idempotency-Key must be one value of 1 to 255 printable ASCII characters.")
	}
	return key, nil
}

// inFlight knows the idempotency keys whose first call is running in this
// process, so that a twin waits for its answer instead of running beside it.
type inFlight struct {
	mu    sync.Mutex // guards the field below
	calls map[string]chan struct{}
}

// enter waits until no twin of the call runs; the returned function lets the
// next one in. Without an idempotency key there are no twins.
func (sub *submission) enter(ctx context.Context) (leave func(), err error) {
	if sub.key == "" {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sub.s.SyncTimeout+maxWait*time.Second)
	defer cancel()
	f, name := &sub.s.inFlight, sub.who.Key.Owner+" "+sub.key
	for {
		f.mu.Lock()
		twin := f.calls[name]
		if twin == nil {
			mine := make(chan struct{})
			f.calls[name] = mine
			f.mu.Unlock()
			return func() {
				f.mu.Lock()
				delete(f.calls, name)
				f.mu.Unlock()
				close(mine)
			}, nil
		}
		f.mu.Unlock()
		select {
		case <-twin:
		case <-ctx.Done():
			return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "The same request is still being worked on; ask again with the same Idempotency-Key.")
		}
	}
}

// replayed answers from memory if the idempotency key is known.
func (sub *submission) replayed() (done bool, err error) {
	if sub.key == "" {
		return false, nil
	}
	sub.digest = sub.sameness()
	a, err := sub.s.Queue.Answer(context.WithoutCancel(sub.r.Context()), sub.who.Key.Owner, sub.key)
	if err != nil || a == nil {
		return false, err
	}
	return true, sub.replay(a)
}

// sameness is the digest of what makes a request the same: path, source type,
// options, body and the address to call. The owner is part of the key.
func (sub *submission) sameness() [32]byte {
	h := sha256.New()
	parts := [][]byte{[]byte(sub.name), []byte(sub.source), sub.encoded, sub.about.encode(), sub.input.sum[:]}
	if sub.webhook != "" {
		parts = append(parts, []byte("x-webhook-url"), []byte(sub.webhook))
	}
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}

// replay repeats a remembered answer.
func (sub *submission) replay(a *protocol.Idempotency) error {
	if a.Digest != sub.digest {
		return fault.New(fault.Mismatch, "IDEMPOTENCY_CONFLICT",
			"This Idempotency-Key was used for a different request; use a new key for a new request.")
	}
	sub.w.Header()["Idempotent-Replayed"] = []string{"true"}
	if a.Status == http.StatusAccepted {
		if done, err := sub.replayedCall(a); done || err != nil {
			return err
		}
		sub.setApplied(true)
		sub.acceptedHeaders(&job.Job{ID: a.Job, Owner: sub.who.Key.Owner, Created: sub.s.Now()})
	}
	now, until := sub.s.Now(), time.Time{}
	if token, ok := tokenOf(a.Output); ok { // no link is valid longer than its file
		o, err := sub.s.Queue.Output(sub.r.Context(), token)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if until = o.Expires; err != nil {
			until = now
		}
	}
	sub.sendJSON(a.Status, sub.s.withLink(a.Body, a.LinkAt, a.Output, until, now))
	return nil
}

// remembered is the answer to be kept for the idempotency key, or nil without
// one.
func (sub *submission) remembered(status int, body []byte, linkAt int, output string) *protocol.Idempotency {
	if sub.key == "" {
		return nil
	}
	return &protocol.Idempotency{
		Key: sub.key, Digest: sub.digest, Status: status, Body: body, LinkAt: linkAt, Output: output,
		Expires: sub.s.Now().Add(protocol.AnswerLife),
	}
}
