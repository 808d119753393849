package mcp

import (
	"encoding/json"
	"net/http"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// missingCapability is the code of what needs a capability that the client has not
// declared (2026-07-28, "Missing Required Client Capability").
const missingCapability = -32021

// knowsTasks reports whether a modern request's client knows tasks.
func (x *exchange) knowsTasks() bool { return x.says.tasks }

// needTasks refuses modern clients that do not know tasks.
func (x *exchange) needTasks() error {
	if !x.modern() || x.knowsTasks() {
		return nil
	}
	return &problem{
		Status: http.StatusBadRequest, Code: missingCapability, Message: "Missing required client capability.",
		Data: map[string]any{"requiredCapabilities": map[string]any{"extensions": map[string]any{tasksExtension: struct{}{}}}},
	}
}

// memberTask is the member of params that names a task.
const memberTask = "taskId"

// taskID reads which task is asked for. Ids that are none are like those of no task.
func (x *exchange) taskID() (job.ID, error) {
	if err := x.needTasks(); err != nil {
		return job.ID{}, err
	}
	text, p := x.member(memberTask)
	switch {
	case p != nil:
		return job.ID{}, p
	case text == "":
		return job.ID{}, badParams(memberTask + " is missing.")
	}
	id, err := job.ParseID(text)
	if err != nil {
		return id, errNoTask
	}
	return id, nil
}

// polledTask is taskID of a call that is counted here, and delayed rather than
// refused.
func (x *exchange) polledTask() (job.ID, error) {
	id, err := x.taskID()
	if err == nil {
		return id, x.call.AdmitPoll(id)
	}
	if refused := x.call.Admit(true); refused != nil {
		err = refused
	}
	return id, err
}

// getTask answers tasks/get.
func (x *exchange) getTask() (reply, error) {
	id, err := x.polledTask()
	if err != nil {
		return reply{}, err
	}
	snap, err := x.call.Get(id)
	if err != nil {
		return reply{}, taskFault(err)
	}
	if !x.modern() {
		return reply{body: legacyBody(x.call.PolledApart(snap))}, nil
	}
	return reply{body: x.call.Polled(snap)}, nil
}

// legacyBody is the older form of a rendered task.
func legacyBody(rendered []byte) []byte {
	var t task
	if err := json.Unmarshal(rendered, &t); err != nil {
		panic("mcp: a task that cannot be read: " + err.Error())
	}
	return encode(t.legacy())
}

// cancelTask answers tasks/cancel: modern clients are told that it was heard,
// whatever becomes of it; legacy ones, how the task ended.
func (x *exchange) cancelTask() (reply, error) {
	id, err := x.taskID()
	if err != nil {
		return reply{}, err
	}
	if err := x.call.Permit(false); err != nil {
		return reply{}, err
	}
	_, err = x.call.Cancel(id)
	if x.modern() {
		if err != nil && !fault.Is(err, fault.Conflict) { // it is finished: nothing changes
			return reply{}, taskFault(err)
		}
		return reply{body: []byte("{}")}, nil
	}
	return x.cancelled(id, err)
}

// updateTask answers tasks/update. No task asks its user, so that nothing is
// outstanding, and responses to what is not are ignored (ext-tasks 2026-07-28, "Task
// Update Requests").
func (x *exchange) updateTask() (reply, error) {
	id, err := x.taskID()
	if err != nil {
		return reply{}, err
	}
	if _, ok := objectOf(x.params["inputResponses"]); !ok {
		return reply{}, badParams("inputResponses must be there, an object.")
	}
	if _, err := x.call.Get(id); err != nil {
		return reply{}, taskFault(err)
	}
	return reply{body: []byte("{}")}, nil
}
