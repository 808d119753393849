package client

import (
	"net/http"
	"time"
)

// An Option changes how a Client works. Most need none.
type Option func(*settings)

type settings struct {
	http     *http.Client
	agent    string
	tries    int
	maxPause time.Duration
	longPoll time.Duration
	failFast bool
	paused   func(err error, pause time.Duration)
}

const (
	defaultTries    = 5
	defaultMaxPause = 2 * time.Minute
	defaultLongPoll = 20 * time.Second // the server's limit is 25
	headerTime      = 2 * time.Minute  // more than any call is held
	pollMargin      = 5 * time.Second  // between the end of a long poll and the time at which a client gives up
)

// WithHTTPClient has the requests made by h instead of a client of this package's
// own. Redirects of requests that carry the key are never followed, whatever h
// says. Long polls are made shorter than its Timeout, and than the
// ResponseHeaderTimeout of its transport.
func WithHTTPClient(h *http.Client) Option { return func(s *settings) { s.http = h } }

// WithTries says how often a request is made before the client gives up on lost
// connections and on answers 429 and 503: 5 if it is not said, 1 is without
// retries. [Client.Wait] and what else waits for a job obey 429 and 503 for as long as
// their context lasts.
func WithTries(n int) Option { return func(s *settings) { s.tries = max(n, 1) } }

// WithFailFast has the client give up at once on a server that it has never reached,
// for programs at which somebody waits. A server that has answered before is tried
// again as [WithTries] says, and one that asks for a pause is given it.
func WithFailFast() Option { return func(s *settings) { s.failFast = true } }

// WithPauseNote has f called before the client pauses: why, and for how long. It may
// be called by several goroutines at a time, and must not block.
func WithPauseNote(f func(err error, pause time.Duration)) Option {
	return func(s *settings) { s.paused = f }
}

// WithMaxPause says how long the client pauses at most when the server asks it to;
// it gives up on requests that must wait longer, such as after QUOTA_EXCEEDED. It
// is two minutes if it is not said.
func WithMaxPause(d time.Duration) Option { return func(s *settings) { s.maxPause = max(d, 0) } }

// WithLongPoll says for how long a question about a job is left with the server,
// until there is something new: 20 seconds if it is not said, at most 25, in whole
// seconds; 0 is to ask, pause and ask again. Where a proxy cuts such requests off,
// the client finds a shorter time by itself.
func WithLongPoll(d time.Duration) Option {
	return func(s *settings) { s.longPoll = min(max(d, 0), maxLongPoll) }
}

const maxLongPoll = 25 * time.Second // the server's limit

// WithUserAgent says what the program calls itself, for instance importer/1.2.
func WithUserAgent(name string) Option { return func(s *settings) { s.agent = name } }

// longPoll is how long a question may be left with the server, so that h is still
// waiting when it is answered.
func longPoll(most time.Duration, h *http.Client) time.Duration {
	patience := h.Timeout
	if t, ok := h.Transport.(*http.Transport); ok && t.ResponseHeaderTimeout > 0 && (patience == 0 || t.ResponseHeaderTimeout < patience) {
		patience = t.ResponseHeaderTimeout
	}
	if patience > 0 {
		most = min(most, max(patience-pollMargin, patience/2))
	}
	return most.Truncate(time.Second)
}

// A TransferOption is about one transfer of a file.
type TransferOption func(*transfer)

// A transfer is what uploads and downloads have in common.
type transfer struct {
	progress func(done, total int64)
}

// WithProgress has f called as the transfer goes on, with how many bytes are
// through and how many there are, -1 where that is not known. It is called by one
// goroutine at a time and must not block. A transfer that begins anew says so by a
// smaller number.
func WithProgress(f func(done, total int64)) TransferOption {
	return func(t *transfer) { t.progress = f }
}

func newTransfer(options []TransferOption) transfer {
	t := transfer{progress: func(int64, int64) {}}
	for _, o := range options {
		o(&t)
	}
	if t.progress == nil {
		t.progress = func(int64, int64) {}
	}
	return t
}
