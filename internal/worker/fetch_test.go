package worker_test

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fetch"
	"claimcheck/internal/job"
)

// A farSide answers fetches: it waits, and then gives its body piece by piece,
// with a pause before each.
type farSide struct {
	calls      atomic.Int64
	wait       time.Duration // before the answer
	pieces     []string
	pause      time.Duration
	status     int              // 0: 200
	later      string           // Retry-After
	whenCalled func(call int64) // may change the fields above
}

func (*farSide) CheckURL(text string) (*url.URL, error) { return url.Parse(text) }

func (f *farSide) Do(ctx context.Context, _ fetch.Request) (*fetch.Response, error) {
	if n := f.calls.Add(1); f.whenCalled != nil {
		f.whenCalled(n)
	}
	select {
	case <-time.After(f.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	header := map[string][]string{}
	if f.later != "" {
		header["Retry-After"] = []string{f.later}
	}
	return &fetch.Response{Status: cmp.Or(f.status, 200), Header: header, Length: -1, Body: &slowBody{ctx: ctx, far: f}}, nil
}

type slowBody struct {
	ctx context.Context //nolint:containedctx // a test's body
	far *farSide
	n   int
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.n >= len(b.far.pieces) {
		return 0, io.EOF
	}
	select {
	case <-time.After(b.far.pause):
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
	b.n++
	return copy(p, b.far.pieces[b.n-1]), nil
}

func (*slowBody) Close() error { return nil }

func (h *house) submitURL() job.ID {
	h.t.Helper()
	spec := h.spec("")
	spec.InputAt, spec.Input = job.AtURL, job.Source{URL: "https://example.org/a.txt"}.Encode()
	j, _, err := h.q.Submit(h.t.Context(), spec)
	if err != nil {
		h.t.Fatal(err)
	}
	return j.ID
}

func TestAFetchMayTakeLongAsLongAsItGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		h.far.wait, h.far.pieces, h.far.pause = 11*time.Second, []string{"1", "m", "s"}, 11*time.Second // 44 s of the minute that a job has
		if j := h.final(h.submitURL()); j.Status != job.Success || h.far.calls.Load() != 1 {
			t.Errorf("got %s %s after %d calls", j.Status, j.Error, h.far.calls.Load())
		}
	})
}

func TestASilentFarSideIsTriedAgain(t *testing.T) {
	for name, silent := range map[string]func(f *farSide){
		"before its answer": func(f *farSide) { f.wait = time.Hour },
		"in its body":       func(f *farSide) { f.pieces, f.pause = []string{"1"}, time.Hour },
	} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, 1)
			defer h.stop(time.Minute)
			h.pool.JobTimeout = 10 * time.Minute
			h.far.whenCalled = func(call int64) {
				h.far.wait, h.far.pieces, h.far.pause = 0, []string{"1ms"}, 0
				if call == 1 {
					silent(h.far)
				}
			}
			began := time.Now()
			j := h.final(h.submitURL())
			if took := time.Since(began); j.Status != job.Success || h.far.calls.Load() != 2 || took < time.Minute || took > 70*time.Second {
				t.Errorf("%s: got %s %s after %d calls and %s", name, j.Status, j.Error, h.far.calls.Load(), took)
			}
			h.far.whenCalled = func(int64) { silent(h.far) }
			j = h.final(h.submitURL())
			if !strings.Contains(string(j.Error), `"code":"URL_FETCH_FAILED","message":"The address did not answer in time."`) {
				t.Errorf("%s: got %s %s", name, j.Status, j.Error)
			}
		})
	}
}

func TestAShutdownDuringAFetchHandsTheJobBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		h.far.wait = time.Hour
		id := h.submitURL()
		<-time.After(time.Second)
		h.beforeClose = func() {
			j, err := h.store.Get(context.Background(), id)
			if err != nil || j.Status != job.Queued || j.Failures != 0 {
				t.Errorf("got %s with %d failures, %v; want it to wait, unblamed", j.Status, j.Failures, err)
			}
		}
		h.stop(5 * time.Second)
	})
}

// TestAFarSideIsLeftAloneForAsLongAsItAsks: an address that says when to come
// again is not asked before.
func TestAFarSideIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	for _, c := range []struct {
		status int
		later  string // seconds, or +seconds for a date
		want   time.Duration
	}{
		{429, "30", 30 * time.Second},
		{503, "30", 30 * time.Second},
		{425, "7", 7 * time.Second},
		{408, "7", 7 * time.Second},
		{500, "7", 7 * time.Second},
		{429, "+90", 90 * time.Second},
		{429, "99999999999999999999", time.Hour},
		{429, "", 0},
		{429, "soon", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, 1)
			defer h.stop(time.Minute)
			h.far.whenCalled = func(call int64) {
				h.far.status, h.far.later, h.far.pieces = 0, "", []string{"1ms"}
				if call == 1 {
					h.far.status, h.far.later = c.status, c.later
					if n, err := time.ParseDuration(c.later + "s"); err == nil && c.later[0] == '+' {
						h.far.later = time.Now().Add(n).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
					}
				}
			}
			began := time.Now()
			j := h.final(h.submitURL())
			if took := time.Since(began); j.Status != job.Success || h.far.calls.Load() != 2 || took < c.want || took > c.want+5*time.Second {
				t.Errorf("%d, Retry-After %q: got %s %s after %d calls and %s, want %s", c.status, c.later, j.Status, j.Error, h.far.calls.Load(), took, c.want)
			}
		})
	}
}
