// Package clienttest has a claimcheck server for tests of programs that use package
// client: it speaks the API on a loopback address, keeps everything in memory, and
// its tools do what the test says.
//
//	s := clienttest.New(t)
//	s.Tool("shout", clienttest.Tool{Do: func(_ context.Context, in clienttest.Input) (clienttest.Output, error) {
//		return clienttest.Output{Data: bytes.ToUpper(in.Body)}, nil
//	}})
//	c, err := client.New(s.URL, s.Key)
//
// What goes wrong is said by the test too: tools fail ([Fail]), requests are refused,
// answers are lost or cut off ([Fault]), tools are paused, links expire. It is held to
// the real server by the same tests. Quotas, rate limits, plans, schedules of repeated
// webhook calls and what operators have are not there: a test says so with a [Fault].
package clienttest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
)

// Owner is who the key of every Server belongs to.
const Owner = "tester"

// A Server is a claimcheck server with nothing in it. It is safe for concurrent use.
type Server struct {
	URL string // http://127.0.0.1:port
	Key string // the one API key that it takes

	http   *httptest.Server
	ctx    context.Context //nolint:containedctx // of the work, which goes on after the request
	stop   context.CancelFunc
	work   sync.WaitGroup // jobs and calls of webhooks
	hooks  *hooks
	upload *uploads

	mu       sync.Mutex // guards the fields below
	tools    map[string]*Tool
	paused   map[string]bool
	unpaused chan struct{} // closed when a tool goes on
	jobs     []*job        // oldest first
	made     int64         // jobs, those that were deleted too
	files    map[string]*file
	bulks    map[string]*api.Bulk
	answers  map[string]*remembered // by idempotency key
	faults   []*Fault
	asked    []Request
	epoch    int // links of an earlier one have expired
}

// A Request is one that the server was asked, as far as a test may look at it.
type Request struct {
	Method string
	Path   string // without the query
	Query  string
	Header http.Header
}

// New starts a server, which is stopped when the test ends: then its tools' contexts
// end, and it waits for them.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{
		Key: "cc_test_" + rand.Text(), tools: map[string]*Tool{}, paused: map[string]bool{}, unpaused: make(chan struct{}),
		files: map[string]*file{}, bulks: map[string]*api.Bulk{}, answers: map[string]*remembered{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.hooks, s.upload = newHooks(s), newUploads(s)
	s.http = httptest.NewServer(s.handler())
	s.URL = s.http.URL
	tb.Cleanup(func() {
		s.stop()
		s.http.CloseClientConnections()
		s.http.Close()
		s.work.Wait()
	})
	return s
}

// Tool adds a tool, or replaces one of this name, for instance csv-to-json.
func (s *Server) Tool(name string, t Tool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tools[name] = &t
}

// Pause has jobs of a tool that have not begun wait, until Resume.
func (s *Server) Pause(tool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused[tool] = true
}

// Resume has the jobs of a paused tool go on.
func (s *Server) Resume(tool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.paused, tool)
	close(s.unpaused)
	s.unpaused = make(chan struct{})
}

// ExpireLinks has the links to files that were told until now expire: they are
// answered with LINK_EXPIRED, statuses have fresh ones.
func (s *Server) ExpireLinks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
}

// Requests returns what the server was asked so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// JobCount is how many jobs there are.
func (s *Server) JobCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.jobs)
}

// A Fault is something that goes wrong with the next request that it is about.
// Faults that are about the same request happen one after another, in the order in
// which they were added.
type Fault struct {
	Method string // empty: any
	Path   string // the beginning of the path; empty: any
	Times  int    // how many requests; 0 is one

	// Status, Code, Message and RetryAfter (seconds) are the refusal; nothing is done.
	Status     int
	Code       string
	Message    string
	RetryAfter int
	// Lose has the request done and the connection closed without an answer.
	Lose bool
	// CutAfter has the connection closed after so many bytes of the answer's body; 0 is
	// not at all.
	CutAfter int
}

// Fault adds what is to go wrong.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults = append(s.faults, &f)
}

// fault notes a request and takes what is to go wrong with it, nil for nothing.
func (s *Server) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone()})
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

// newID makes an id as the server does: a UUID of version 7.
func newID(at time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // it never fails
	ms := at.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (8 * (5 - i)) & 0xff)
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// isID reports whether a text has the form of an id.
func isID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, r := range text {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// token is 32 hexadecimal digits that nobody can guess.
func token() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
