package mcp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/view"
)

// tasksRevision is the one legacy revision that has tasks.
const tasksRevision = "2025-11-25"

// legacyTasks is the capability of servers there (2025-11-25, Tasks,
// "Capabilities").
func legacyTasks() any {
	nothing := struct{}{}
	return map[string]any{"list": nothing, "cancel": nothing, "requests": map[string]any{"tools": map[string]any{"call": nothing}}}
}

// wantsTask reports whether a legacy client asks for its call to be a task. How long
// it wants the task to be kept is not for it to say.
func (x *exchange) wantsTask() (bool, *problem) {
	raw, there := x.params["task"]
	if x.revision != tasksRevision || !there {
		return false, nil
	}
	if _, ok := objectOf(raw); !ok {
		return false, badParams("task must be an object.")
	}
	return true, nil
}

// noTask refuses a call as a task of what is done at once (2025-11-25, Tasks,
// "Tool-Level Negotiation").
func (x *exchange) noTask(name string) error {
	asked, p := x.wantsTask()
	switch {
	case p != nil:
		return p
	case asked:
		return &problem{Status: http.StatusOK, Code: methodNotFound, Message: name + " is done at once, and no task; call it without task."}
	default:
		return nil
	}
}

// cancelPatience is how long a legacy client waits for what it cancelled to end.
// Programs elsewhere are told when they next report; until then the task works.
const cancelPatience = 5 * time.Second

// cancelled answers a legacy tasks/cancel, which must have the task cancelled before
// it is answered: it waits for the attempt to end. A task that has ended otherwise,
// earlier or meanwhile, cannot be cancelled.
func (x *exchange) cancelled(id job.ID, err error) (reply, error) {
	var snap *view.Snapshot
	if err == nil {
		snap, err = x.call.Await(id, cancelPatience, view.Finished)
	}
	switch {
	case fault.Is(err, fault.Conflict):
		return reply{}, errFinished
	case err != nil:
		return reply{}, taskFault(err)
	}
	t := taskOf(x.call.View(snap))
	if t.Status == taskCompleted || t.Status == taskFailed {
		return reply{}, errFinished
	}
	return reply{body: encode(t.legacy())}, nil
}

var errFinished = badParams("The task is finished already; there is nothing to cancel.")

// listTasks answers tasks/list: all jobs of the caller, the newest first.
func (x *exchange) listTasks() (reply, error) {
	cursor, p := x.member("cursor")
	if p != nil {
		return reply{}, p
	}
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	f, err := listing.FromQuery(q)
	if err != nil {
		return reply{}, badParams("cursor is none that was handed out.")
	}
	jobs, next, err := x.call.Jobs(f)
	if err != nil {
		return reply{}, err
	}
	page := struct {
		Tasks []legacyTask `json:"tasks"`
		Next  string       `json:"nextCursor,omitempty"`
	}{make([]legacyTask, len(jobs)), next}
	for i := range jobs {
		page.Tasks[i] = taskOf(dialect.View{Job: &jobs[i]}).legacy()
	}
	return reply{body: encode(page)}, nil
}

// longestWait is how long a request of a client that is told that it goes on may
// wait, and a stream may last.
const longestWait = 24 * time.Hour

// taskResult answers tasks/result: what the call would have been answered with, as
// soon as there is that. A client that takes event streams is told meanwhile that
// its request goes on. Clients call it once tasks/get has told them of the end, so that
// it is a poll as well.
func (x *exchange) taskResult() (reply, error) {
	id, err := x.polledTask()
	if err != nil {
		return reply{}, err
	}
	if _, err := x.call.Get(id); err != nil {
		return reply{}, taskFault(err)
	}
	return x.lasting(x.progress(id, true), func() (reply, error) {
		most := intake.MaxWait
		if x.takesStreams() {
			most = longestWait
		}
		snap, err := x.call.Await(id, most, view.Finished)
		if err != nil {
			return reply{}, taskFault(err)
		}
		x.call.Polled(snap)
		return x.resultOf(snap)
	})
}

// metaTask is the member of _meta by which a result names its task (2025-11-25,
// Tasks, "Related Task Metadata").
const metaTask = "io.modelcontextprotocol/related-task"

// resultOf is what a task ended with: the result of the call, or the error that it
// failed with.
func (x *exchange) resultOf(snap *view.Snapshot) (reply, error) {
	v := x.call.View(snap)
	switch v.Job.Status {
	case job.Success:
		return reply{body: related(success(v.Result, v.File, true), v.Job.ID)}, nil
	case job.Failed:
		f := dialect.FailureOf(dialect.ErrorOf(v.Job, true))
		if p := ours(f); p != nil {
			return reply{}, p
		}
		if f.Code == dialect.CodeCanceled {
			p := problemOf(f)
			p.Status, p.Code = http.StatusOK, internalError
			return reply{}, p
		}
		return reply{body: related(failure(f), v.Job.ID)}, nil
	default:
		return reply{}, fault.New(fault.Unavailable, "UNAVAILABLE", "The task is not finished yet, and this request can wait no longer; ask again.").After(time.Second)
	}
}

func related(r toolResult, id job.ID) json.RawMessage {
	return encode(struct {
		toolResult
		Meta map[string]any `json:"_meta"`
	}{r, map[string]any{metaTask: map[string]string{memberTask: id.String()}}})
}
