package httpapi

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

const maxBatch = 100 // ids of one request

// listJobs answers GET /jobs: the caller's jobs, newest first, or with ids=
// the status of each of these.
func (s *Server) listJobs(c *Call) error {
	q := c.r.URL.Query()
	if q.Has("feed") {
		return s.Feed(c)
	}
	if q.Has("ids") {
		return s.batch(c, q.Get("ids"))
	}
	if _, err := wantsFull(q); err != nil {
		return err
	}
	filters := maps.Clone(q)
	filters.Del("view")
	f, err := listing.FromQuery(filters)
	if err != nil {
		return err
	}
	jobs, next, err := c.Jobs(f)
	if err != nil {
		return err
	}
	return c.AnswerJobs(jobs, next)
}

// List is a page of the caller's jobs; the filter's owner is set.
func (c *Call) List(f protocol.Filter) (dialect.Page, error) { return c.list(f, listed) }

// listed is a job's status in a list, of which nothing is kept.
func listed(c *Call, snap *view.Snapshot) ([]byte, error) {
	return c.s.render(c, snap, c.s.Now(), c.s.rowOf, nil).Body, nil
}

// Jobs is a page of the caller's jobs, for the dialect to word, and the cursor of
// the next; empty for none.
func (c *Call) Jobs(f protocol.Filter) (jobs []job.Job, next string, err error) {
	f.Owner = c.who.Key.Owner
	jobs, last, err := c.s.Queue.List(c.r.Context(), f)
	if err != nil {
		return nil, "", err
	}
	return jobs, listing.Cursor(last), nil // it may be short and not the last: it looked at enough
}

func plainly(c *Call, snap *view.Snapshot) ([]byte, error) { return c.Status(snap), nil }

func (c *Call) list(f protocol.Filter, show func(*Call, *view.Snapshot) ([]byte, error)) (dialect.Page, error) {
	jobs, next, err := c.Jobs(f)
	if err != nil {
		return dialect.Page{}, err
	}
	page, err := c.pageOf(jobs, show)
	page.Next = next
	return page, err
}

func (c *Call) pageOf(jobs []job.Job, show func(*Call, *view.Snapshot) ([]byte, error)) (page dialect.Page, err error) {
	page.Jobs = make([][]byte, len(jobs))
	for i := range jobs {
		if page.Jobs[i], err = show(c, view.NewSnapshot(&jobs[i])); err != nil {
			return dialect.Page{}, err
		}
	}
	c.told = nil // who lists jobs has not come for the outcome of any
	return page, nil
}

// AnswerJobs answers GET /jobs with these jobs of the caller's, and where the next
// page begins.
func (c *Call) AnswerJobs(jobs []job.Job, next string) error {
	q := c.r.URL.Query()
	full, err := wantsFull(q)
	if err != nil {
		return err
	}
	show := plainly
	if full {
		show = c.s.listedBody
	}
	page, err := c.pageOf(jobs, show)
	if err != nil {
		return err
	}
	page.Next = next
	c.tellNext(q, next)
	c.AnswerList(page)
	return nil
}

// tellNext says where the next page is asked for.
func (c *Call) tellNext(q url.Values, next string) {
	if next != "" {
		q.Set("cursor", next)
		c.w.Header().Set("Link", "<"+c.s.PublicURL+"/jobs?"+q.Encode()+`>; rel="next"`)
	}
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
