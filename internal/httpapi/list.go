package httpapi

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Limits of lists.
const (
	defaultListed = 50
	maxListed     = 200
	maxBatch      = 100 // ids of one request
)

// listJobs answers GET /jobs: the caller's jobs, newest first, or with ids=
// the status of each of these.
func (s *Server) listJobs(c *Call) error {
	q := c.r.URL.Query()
	if q.Has("ids") {
		return s.batch(c, q.Get("ids"))
	}
	f, err := filterOf(q)
	if err != nil {
		return err
	}
	page, err := c.List(f)
	if err != nil {
		return err
	}
	if page.Next != "" {
		q.Set("cursor", page.Next)
		c.w.Header().Set("Link", "<"+s.PublicURL+"/jobs?"+q.Encode()+`>; rel="next"`)
	}
	c.AnswerList(page)
	return nil
}

// List is a page of the caller's jobs; the filter's owner is set.
func (c *Call) List(f protocol.Filter) (dialect.Page, error) {
	f.Owner = c.who.Key.Owner
	jobs, last, err := c.s.Queue.List(c.r.Context(), f)
	if err != nil {
		return dialect.Page{}, err
	}
	page := dialect.Page{Jobs: make([][]byte, len(jobs))}
	if last != (protocol.Cursor{}) { // the page may be short all the same: it looked at enough
		page.Next = cursorOf(last)
	}
	for i := range jobs {
		page.Jobs[i] = c.Status(view.NewSnapshot(&jobs[i]))
	}
	return page, nil
}

// batch answers GET /jobs?ids=: each job's status in the order asked for, the
// error in its stead where there is none for the caller. The rate limit counts
// each id.
func (s *Server) batch(c *Call, list string) error {
	ids := strings.Split(list, ",")
	if len(ids) > maxBatch {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "ids must name at most %d jobs.", maxBatch).With("limit", maxBatch)
	}
	if err := s.limit(c, true, int64(len(ids)-1)); err != nil { // the guard counted one
		return err
	}
	var bodies [][]byte
	for _, text := range ids {
		id, err := job.ParseID(strings.TrimSpace(text))
		var snap *view.Snapshot
		if err == nil {
			snap, err = s.Queue.Get(c.r.Context(), c.who.Key.Owner, id)
		}
		switch {
		case err == nil:
			bodies = append(bodies, c.Status(snap))
		case fault.Is(err, fault.Unavailable) || fault.Of(err) == nil:
			return err
		default:
			bodies = append(bodies, plain.Envelope(dialect.FailureOf(err).Error, 0))
		}
	}
	c.w.Header()["Cache-Control"] = revalidate
	c.sendJSON(http.StatusOK, append(plain.Jobs(bodies), '}'))
	return nil
}

// AnswerList answers with a page.
func (c *Call) AnswerList(p dialect.Page) {
	h := c.w.Header()
	h["Cache-Control"] = revalidate
	c.sendJSON(http.StatusOK, c.speaks.Words.List(p, h))
}

// A cursor is the id and the milliseconds of a job, 24 bytes. Those of releases
// before had the id alone, whose first 48 bits are milliseconds too.
const cursorBytes = 24

func cursorOf(at protocol.Cursor) string {
	b := binary.BigEndian.AppendUint64(at.ID[:], uint64(at.Created.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(text string) (at protocol.Cursor, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != cursorBytes && len(b) != len(at.ID) {
		return at, false
	}
	copy(at.ID[:], b)
	ms := at.ID.Seq() >> 12
	if len(b) == cursorBytes {
		ms = int64(binary.BigEndian.Uint64(b[len(at.ID):])) //nolint:gosec // the same bits
	}
	at.Created = time.UnixMilli(ms)
	return at, true
}

// filterOf reads a list's query; what it does not know is refused, so that a
// misspelt filter does not list everything.
func filterOf(q url.Values) (protocol.Filter, error) {
	f := protocol.Filter{Limit: defaultListed}
	for name, values := range q {
		if len(values) != 1 {
			return f, badFilter(name, "must be given once")
		}
		if err := setFilter(&f, name, values[0]); err != nil {
			return f, err
		}
	}
	return f, nil
}

func badFilter(name, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}

func setFilter(f *protocol.Filter, name, value string) error {
	var ok bool
	switch name {
	case "status":
		var status job.Status
		if status, ok = job.ParseStatus(value); !ok {
			return badFilter(name, "must be queued, processing, success or failed")
		}
		f.Status = &status
	case "tool":
		f.Tool = strings.TrimSuffix(value, "-api")
	case "created_after":
		if f.CreatedAfter, ok = intake.UnixTime(value); !ok {
			return badFilter(name, "must be a time in Unix seconds")
		}
	case "created_before":
		if f.CreatedBefore, ok = intake.UnixTime(value); !ok {
			return badFilter(name, "must be a time in Unix seconds")
		}
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxListed {
			return badFilter(name, "must be a whole number from 1 to "+strconv.Itoa(maxListed))
		}
		f.Limit = n
	case "cursor":
		if f.Before, ok = readCursor(value); !ok {
			return badFilter(name, "must be the next_cursor of an earlier answer")
		}
	default:
		key, isMetadata := strings.CutPrefix(name, "metadata.")
		if !isMetadata || key == "" {
			return badFilter(name, "is no filter; there are status, tool, created_after, created_before, metadata.NAME, limit, cursor and ids")
		}
		if f.Metadata == nil {
			f.Metadata = map[string]string{}
		}
		f.Metadata[key] = value
	}
	return nil
}
