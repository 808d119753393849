package google

import (
	"net/http"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

const (
	prefix     = "/v1"
	operations = prefix + "/" + collection
)

// Mount is where the dialect is spoken.
func Mount() httpapi.Mount {
	return httpapi.Mount{Name: "google", Prefix: prefix, Words: Words{}, Full: true, Headers: []string{"X-Goog-Api-Client", "X-Goog-Request-Params"}, Routes: []httpapi.Route{
		{Method: http.MethodGet, Path: operations + "/{operation_id}", Handler: get},
		{Method: http.MethodPost, Path: operations + "/{operation_id}:wait", Access: httpapi.Later, Handler: wait},
		{Method: http.MethodPost, Path: operations + "/{operation_id}:cancel", Handler: cancel},
		{Method: http.MethodDelete, Path: operations + "/{operation_id}", Handler: remove},
		{Method: http.MethodGet, Path: operations, Handler: list},
		{Method: http.MethodPost, Path: prefix + "/tools/{tool}:run", Handler: run},
	}}
}

// get answers GetOperation. Parameters of its query change nothing: they are about
// how an answer is written (the system parameters of Google's APIs).
func get(c *httpapi.Call) error { return answer(c, 0) }

// answer answers with an operation as it is, or as it is when it is done, if that
// takes no longer.
func answer(c *httpapi.Call, most time.Duration) error {
	id, err := job.ParseID(c.Request().PathValue("operation_id"))
	if err != nil {
		return err
	}
	snap, err := c.Await(id, most, view.Finished)
	if most > 0 && fault.Is(err, fault.Limited) { // too many wait: an answer before the time is over is allowed, and tells more than a refusal
		snap, err = c.Get(id)
	}
	if err != nil {
		return dialect.Hidden(err)
	}
	c.AnswerStatus(snap, http.StatusOK)
	return nil
}

// maxWaitBody is the longest body of WaitOperation, in bytes.
const maxWaitBody = 4 << 10

// wait answers WaitOperation. It only reads, and counts as that.
func wait(c *httpapi.Call) error {
	if err := c.Admit(true); err != nil {
		return err
	}
	body, err := c.Body(maxWaitBody)
	if err != nil {
		return err
	}
	most, err := timeout(body)
	if err != nil {
		return err
	}
	return answer(c, min(most, intake.MaxWait))
}

// cancel answers CancelOperation. Of a finished operation it changes nothing.
func cancel(c *httpapi.Call) error {
	return change(c, func(id job.ID) error {
		_, err := c.Cancel(id)
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		return err
	})
}

// remove answers DeleteOperation: the job and its files are gone. One that is not
// finished is cancelled first, as DELETE /jobs/{operation_id} does: nobody could read what
// comes of it.
func remove(c *httpapi.Call) error { return change(c, c.Delete) }

// change answers with Empty.
func change(c *httpapi.Call, do func(job.ID) error) error {
	id, err := job.ParseID(c.Request().PathValue("operation_id"))
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		return dialect.Hidden(err)
	}
	c.Answer(http.StatusOK, []byte("{}"))
	return nil
}
