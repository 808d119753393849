// Package alljobs is how operators look at jobs, whoever's they are: the routes
// below /admin/jobs. What is to be done with them goes through /admin/bulk.
package alljobs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Config is what the routes work with.
type Config struct {
	Queue     *queue.Queue
	Lines     protocol.Lines
	PublicURL string // what links begin with

	StuckSince func() time.Time // for which jobs nothing has happened since when, if they are stuck
}

// Routes are the routes of operators' jobs.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{
		{Method: "GET", Path: "/admin/jobs", Access: httpapi.Admin, Handler: c.list},
		{Method: "GET", Path: "/admin/jobs/{job_id}", Access: httpapi.Admin, Handler: c.get},
	}
}

// list answers GET /admin/jobs.
func (c Config) list(call *httpapi.Call) error {
	q := call.Request().URL.Query()
	ids := q["id"]
	delete(q, "id")
	f, err := listing.FromOperator(q)
	if err != nil {
		return err
	}
	f.StuckSince = c.StuckSince()
	var jobs []job.Job
	var next protocol.Cursor
	if len(ids) > 0 {
		jobs, err = c.named(call, ids, f)
	} else {
		jobs, next, err = c.Queue.List(call.Request().Context(), f)
	}
	if err != nil {
		return err
	}
	troubles, err := c.troubleOf(call.Request().Context(), jobs)
	if err != nil {
		return err
	}
	page := api.OperatorJobList{Jobs: make([]json.RawMessage, len(jobs))}
	for i := range jobs {
		if f.Trouble != job.NoTrouble {
			troubles[i] = f.Trouble // what was asked for, among what is wrong with it
		}
		if page.Jobs[i], err = joined(call.Status(view.NewSnapshot(&jobs[i])), c.brief(&jobs[i], troubles[i])); err != nil {
			return err
		}
	}
	if text := listing.Cursor(next); text != "" {
		page.NextCursor = &text
		q.Set("cursor", text)
		call.Header().Set("Link", "<"+c.PublicURL+"/admin/jobs?"+q.Encode()+`>; rel="next"`)
	}
	return call.AnswerJSON(http.StatusOK, page)
}

// named is the job with an id, if it is there and passes the filter.
func (c Config) named(call *httpapi.Call, ids []string, f protocol.Filter) ([]job.Job, error) {
	if len(ids) != 1 {
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "id must be given once.").With("parameter", "id")
	}
	id, err := job.ParseID(ids[0])
	if err != nil {
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "id must be a job's, a UUID.").With("parameter", "id")
	}
	ctx := call.Request().Context()
	snap, err := c.Queue.Find(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !f.Passes(&snap.Job):
		return nil, nil
	}
	jobs := []job.Job{snap.Job}
	if f.Trouble == job.NoTrouble {
		return jobs, nil
	}
	troubles, err := c.troubleOf(ctx, jobs)
	if err != nil || !slices.Contains(troubles, f.Trouble) {
		return nil, err
	}
	return jobs, nil
}

// brief is what a list says of a job beside its status.
func (c Config) brief(j *job.Job, t job.Trouble) api.OperatorJob {
	b := api.OperatorJob{Owner: j.Owner, Tool: j.Tool, Attempt: j.Attempt, MaxAttempts: c.Queue.MaxAttemptsOf(j.Tool), Trouble: t.String()}
	var history []api.Attempt
	if len(j.History) > 0 && json.Unmarshal(j.History, &history) == nil {
		for _, a := range slices.Backward(history) {
			if a.Error != "" {
				b.LastError = a.Error
				break
			}
		}
	}
	return b
}

// get answers GET /admin/jobs/{job_id}: the full view, and whose the job is.
func (c Config) get(call *httpapi.Call) error {
	id, err := job.ParseID(call.Request().PathValue("job_id"))
	if err != nil {
		return err
	}
	ctx := call.Request().Context()
	snap, err := c.Queue.Find(ctx, id)
	if err != nil {
		return err
	}
	troubles, err := c.troubleOf(ctx, []job.Job{snap.Job})
	if err != nil {
		return err
	}
	full, err := call.Full(snap)
	if err != nil {
		return err
	}
	brief := c.brief(&snap.Job, troubles[0])
	body, err := joined(call.Status(snap), api.OperatorView{Owner: brief.Owner, Trouble: brief.Trouble, LastError: brief.LastError, RequestID: snap.Job.RequestID})
	if err == nil {
		body, err = joined(body, full)
	}
	if err != nil {
		return err
	}
	call.Answer(http.StatusOK, body)
	return nil
}

// joined is a JSON object with the members of another after its own.
func joined(object []byte, more any) ([]byte, error) {
	extra, err := json.Marshal(more)
	if err != nil {
		return nil, fmt.Errorf("encode job: %w", err)
	}
	return append(append(object[:len(object)-1:len(object)-1], ','), extra[1:]...), nil
}
