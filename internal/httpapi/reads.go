package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"claimcheck/internal/job"
)

// Reads is told of outcomes that have reached their owners; *onread.Marks is one.
type Reads interface {
	// Outcome notes that the outcome of some jobs, which asked for that, has just
	// reached their owner, whatever becomes of ctx.
	Outcome(ctx context.Context, ids ...job.ID)
}

// tells notes that the answer has the outcome of a finished job in it, which is to go
// once its owner has read it.
func (c *Call) tells(j *job.Job) {
	if j.Status.Final() && j.GoesOnRead() && j.ReadByStatus() && !slices.Contains(c.told, j.ID) {
		c.told = append(c.told, j.ID)
	}
}

// sent says that the answer has left for the client: what it told was read. HEAD, 304
// and an answer of which the connection did not take the end tell nothing.
func (c *Call) sent(status int, err error) {
	if err != nil || c.r.Method == http.MethodHead || status == http.StatusNotModified || status == http.StatusNoContent {
		return
	}
	if http.NewResponseController(c.w).Flush() == nil { // else it may be waiting in a buffer
		c.Reached()
	}
}

// Reached notes in the store that what the call has told of jobs has left for the client,
// for answers that are streams.
func (c *Call) Reached() {
	if len(c.told) > 0 {
		c.s.Reads.Outcome(c.r.Context(), c.told...)
		c.told = nil
	}
}

// Whole reports whether the whole of a file of so many bytes has left for the client: a
// range of it has not, unless it is all there is.
func (p *Paced) Whole(size int64) bool {
	all := p.c.status == http.StatusOK || p.c.status == http.StatusPartialContent && p.Header().Get("Content-Range") == fmt.Sprintf("bytes 0-%d/%d", size-1, size)
	return all && p.c.r.Method == http.MethodGet && p.sent == size && p.rc.Flush() == nil
}
