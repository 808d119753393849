package clienttest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

const (
	pageSize = 50
	maxPage  = 200
	maxIDs   = 100
)

// A choice is which jobs a list or a bulk is about.
type choice struct {
	status, tool, failure         []string
	createdAfter, createdBefore   int64
	finishedAfter, finishedBefore int64
	metadata                      map[string]string
	ids                           []string
	limit                         int
	before                        int64 // the cursor: only jobs with smaller numbers
	full                          bool
}

// list answers GET /jobs. A page looks at as many jobs as it may have, so that one
// with a filter is short, or empty, and not the last, as it can be with the server.
func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Has("ids") {
		return s.batch(w, strings.Split(q.Get("ids"), ","))
	}
	c, err := choiceOf(q)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := api.JobList{Jobs: []json.RawMessage{}}
	looked := 0
	for i, j := range slices.Backward(s.jobs) {
		if c.before > 0 && j.number >= c.before {
			continue
		}
		if looked++; looked > c.limit {
			next := strconv.FormatInt(s.jobs[i+1].number, 10)
			page.NextCursor = &next
			break
		}
		if !c.passes(j) {
			continue
		}
		var one any = s.wire(j)
		if c.full {
			one = s.full(j)
		}
		text, err := json.Marshal(one)
		if err != nil {
			return err
		}
		page.Jobs = append(page.Jobs, text)
	}
	if page.NextCursor != nil {
		q.Set("cursor", *page.NextCursor)
		w.Header().Set("Link", "<"+s.URL+"/jobs?"+q.Encode()+`>; rel="next"`)
	}
	return answer(w, http.StatusOK, page)
}

// choiceOf reads the filters of a list.
func choiceOf(q url.Values) (c choice, err error) {
	c.limit = pageSize
	c.metadata = map[string]string{}
	for name, values := range q {
		value := values[len(values)-1]
		n, numberErr := strconv.ParseInt(value, 10, 64)
		number := map[string]*int64{
			"created_after": &c.createdAfter, "created_before": &c.createdBefore,
			"finished_after": &c.finishedAfter, "finished_before": &c.finishedBefore,
		}[name]
		key, isMetadata := strings.CutPrefix(name, "metadata.")
		switch {
		case number != nil && numberErr == nil && n >= 0:
			*number = n
		case name == "status" && !slices.ContainsFunc(values, func(v string) bool {
			return !slices.Contains([]string{queued, processing, success, failed}, v)
		}):
			c.status = values
		case name == "tool":
			c.tool = values
		case name == "error":
			c.failure = values
		case isMetadata:
			c.metadata[key] = value
		case name == "view" && value == "full":
			c.full = true
		case name == "cursor" && numberErr == nil && n > 0:
			c.before = n
		case name == "limit" && numberErr == nil && n >= 1 && n <= maxPage:
			c.limit = int(n)
		default:
			return c, &refusal{status: http.StatusBadRequest, code: errFilter.code, message: errFilter.message, facts: api.Facts{Parameter: name}}
		}
	}
	return c, nil
}

// passes reports whether a job is among those that are meant.
func (c *choice) passes(j *job) bool {
	among := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	code := ""
	if j.failure != nil {
		code = j.failure.Code
	}
	finished := int64(0)
	if j.over() {
		finished = j.updated.Unix()
	}
	created := j.created.Unix()
	if !among(c.status, j.status) || !among(c.tool, j.name) || !among(c.failure, code) || !among(c.ids, j.id) ||
		c.createdAfter > 0 && created <= c.createdAfter || c.createdBefore > 0 && created >= c.createdBefore ||
		c.finishedAfter > 0 && finished <= c.finishedAfter || c.finishedBefore > 0 && (finished == 0 || finished >= c.finishedBefore) {
		return false
	}
	for name, value := range c.metadata {
		if has, ok := j.metadata[name]; !ok || has != value {
			return false
		}
	}
	return true
}

// batch answers GET /jobs?ids=.
func (s *Server) batch(w http.ResponseWriter, ids []string) error {
	if len(ids) > maxIDs {
		return &refusal{status: http.StatusBadRequest, code: "INVALID_REQUEST", message: "ids must name at most 100 jobs.", facts: api.Facts{Limit: maxIDs}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page struct {
		Jobs []any `json:"jobs"`
	}
	for _, id := range ids {
		j, err := s.job(strings.TrimSpace(id))
		switch {
		case err == nil:
			page.Jobs = append(page.Jobs, s.wire(j))
		case isID(id):
			page.Jobs = append(page.Jobs, envelope(errNoJob))
		default:
			page.Jobs = append(page.Jobs, envelope(errJobID))
		}
	}
	return answer(w, http.StatusOK, page)
}

// beginBulk answers POST /bulk; the bulk is over when it is asked for.
func (s *Server) beginBulk(w http.ResponseWriter, r *http.Request) error {
	var b api.NewBulk
	if err := read(r, &b); err != nil {
		return err
	}
	f := &b.Filter
	c := choice{
		status: f.Status, tool: f.Tool, failure: f.Error, createdAfter: f.CreatedAfter, createdBefore: f.CreatedBefore,
		finishedAfter: f.FinishedAfter, finishedBefore: f.FinishedBefore, metadata: f.Metadata, ids: f.IDs,
	}
	empty := len(f.Status)+len(f.Tool)+len(f.Error)+len(f.Metadata)+len(f.IDs) == 0 && f.CreatedAfter+f.CreatedBefore+f.FinishedAfter+f.FinishedBefore == 0
	if !slices.Contains([]string{"cancel", "retry", "delete"}, b.Action) {
		return badMember("action", "must be cancel, retry or delete")
	}
	if empty && !b.All {
		return badMember("filter", `is empty, which means all jobs; say "all": true if that is meant`)
	}
	s.mu.Lock()
	var jobs []*job
	for _, j := range s.jobs {
		if c.passes(j) {
			jobs = append(jobs, j)
		}
	}
	s.mu.Unlock()
	if b.DryRun {
		return answer(w, http.StatusOK, api.BulkCount{Matched: int64(len(jobs))})
	}
	now := time.Now()
	is := &api.Bulk{BulkID: newID(now), Action: b.Action, Status: "done", Matched: int64(len(jobs)), Skipped: []api.BulkSkip{}, CreatedAt: now.Unix(), UpdatedAt: now.Unix()}
	for _, j := range jobs {
		if code := s.one(b.Action, j); code != "" {
			is.Skipped, is.SkippedCount = append(is.Skipped, api.BulkSkip{JobID: j.id, Code: code}), is.SkippedCount+1
		}
		is.Done++
	}
	s.mu.Lock()
	s.bulks[is.BulkID] = is
	s.mu.Unlock()
	status := "processing"
	if is.Matched == 0 {
		status = "done"
	}
	w.Header().Set("Location", s.URL+"/bulk/"+is.BulkID)
	w.Header().Set("Retry-After", "1")
	return answer(w, http.StatusAccepted, api.BulkBegun{BulkID: is.BulkID, Status: status, Matched: is.Matched})
}

func badMember(name, what string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "INVALID_REQUEST", message: name + " " + what + ".", facts: api.Facts{Parameter: name}}
}

// one does a bulk's action with a job, and returns the code of what it was refused
// with.
func (s *Server) one(action string, j *job) (code string) {
	s.mu.Lock()
	over := j.over()
	s.mu.Unlock()
	switch {
	case action == "delete":
		s.forget(j)
	case action == "cancel" && over:
		return "JOB_FINISHED"
	case action == "retry" && !over:
		return "JOB_UNFINISHED"
	case action == "retry":
		s.newJob(&j.submission, newID(time.Now()))
	default:
		s.mu.Lock()
		was := j.status
		j.canceled = true
		j.stop()
		if was == queued {
			j.fail(canceledError)
			j.touch()
		}
		s.mu.Unlock()
		if was == queued {
			s.hooks.ended(j)
		}
	}
	return ""
}

// getBulk answers GET and DELETE /bulk/{id}: it is over by now.
func (s *Server) getBulk(w http.ResponseWriter, r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.bulks[r.PathValue("id")]
	if b == nil {
		return refuse(http.StatusNotFound, "BULK_NOT_FOUND", "Bulk not found")
	}
	return answer(w, http.StatusOK, b)
}
