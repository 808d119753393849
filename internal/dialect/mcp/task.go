package mcp

import (
	"encoding/json"
	"strconv"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// tasksExtension is the extension by which modern clients know tasks. It has no
// settings: clients take it for absent if it has any (ext-tasks 2026-07-28,
// "Capability Negotiation").
const tasksExtension = "io.modelcontextprotocol/tasks"

// Statuses of tasks (ext-tasks 2026-07-28, "Task Status"). No task of ours is ever
// input_required: no tool asks its user.
const (
	taskWorking   = "working"
	taskCompleted = "completed"
	taskFailed    = "failed"
	taskCancelled = "cancelled"
)

// A task is a job as modern clients are told of it (DetailedTask of the schema of
// ext-tasks 2026-07-28): with its result, or the error of ours that ended it.
type task struct {
	ID      string          `json:"taskId"`
	Status  string          `json:"status"`
	Message string          `json:"statusMessage,omitempty"`
	Created string          `json:"createdAt"` // RFC 3339
	Updated string          `json:"lastUpdatedAt"`
	TTL     *int64          `json:"ttlMs"` // from Created; null while unfinished: until its end a job is kept
	Poll    int64           `json:"pollIntervalMs,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"` // a CallToolResult
	Error   json.RawMessage `json:"error,omitempty"`  // of JSON-RPC
}

// A legacyTask is the same as 2025-11-25 has it (Task of its schema): what it ended
// with is asked for by tasks/result.
type legacyTask struct {
	ID      string `json:"taskId"`
	Status  string `json:"status"`
	Message string `json:"statusMessage,omitempty"`
	Created string `json:"createdAt"`
	Updated string `json:"lastUpdatedAt"`
	TTL     *int64 `json:"ttl"`
	Poll    int64  `json:"pollInterval,omitempty"`
}

func (t *task) legacy() legacyTask {
	return legacyTask{t.ID, t.Status, t.Message, t.Created, t.Updated, t.TTL, t.Poll}
}

// seed is the task without what it ended with, as the call that made it is
// answered (Task of the schema).
func (t *task) seed() *task {
	s := *t
	s.Result, s.Error = nil, nil
	return &s
}

// instants are written to the millisecond, as stores keep them.
const instants = "2006-01-02T15:04:05.000Z07:00"

// taskOf is the task that a job is.
func taskOf(v dialect.View) *task {
	j := v.Job
	t := &task{ID: j.ID.String(), Status: taskWorking, Created: instant(j.Created), Updated: instant(j.Updated)}
	if j.Updated.IsZero() {
		t.Updated = t.Created
	}
	if !j.Expires.IsZero() {
		ttl := j.Expires.Sub(j.Created).Milliseconds()
		t.TTL = &ttl
	}
	switch j.Status {
	case job.Queued, job.Processing:
		t.Message, t.Poll = j.Status.String(), v.Hint*1000
		if v.Progress > 0 {
			t.Message += ", " + strconv.Itoa(v.Progress) + " %"
		}
	case job.Success:
		t.Status, t.Result = taskCompleted, complete(success(v.Result, v.File, true))
	case job.Failed:
		t.fail(dialect.FailureOf(dialect.ErrorOf(j, true)))
	}
	return t
}

func instant(t time.Time) string { return t.UTC().Format(instants) }

// fail tells how a job failed: what a tool refused is the result of a task that
// completed, only what is ours makes it fail (ext-tasks 2026-07-28, "Task Execution
// Errors"). The older revision called both failed, but its clients drop the error of
// a task that failed, and with it line and column.
func (t *task) fail(f dialect.Failure) {
	t.Message = f.Message
	switch p := ours(f); {
	case f.Code == dialect.CodeCanceled:
		t.Status = taskCancelled
	case p != nil:
		t.Status, t.Error = taskFailed, encode(p.body())
	default:
		t.Status, t.Result = taskCompleted, complete(failure(f))
	}
}

// complete is a result as it stands inside a task, where nothing else says of which
// type it is.
func complete(r toolResult) json.RawMessage {
	return encode(struct {
		Type string `json:"resultType"`
		toolResult
	}{"complete", r})
}

// created is the answer to a call that became a task, and of which type it is. What
// the view knows may be little: the order may have been accepted before.
func (x *exchange) created(v dialect.View) (kind string, body []byte) {
	if snap, err := x.call.Get(v.Job.ID); err == nil {
		v = x.call.View(snap)
	}
	t := taskOf(v)
	if !x.modern() {
		return "", encode(map[string]any{"task": t.legacy()})
	}
	return "task", encode(t.seed())
}

// errNoTask is told of every id that is none of the caller's tasks, so that nothing
// is learnt of others'.
var errNoTask = badParams("There is no such task: it never was, was deleted, or has expired.")

// taskFault makes a job that cannot be had a task that is not there.
func taskFault(err error) error {
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Forbidden:
		return errNoTask
	default:
		return err
	}
}
