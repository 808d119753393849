package azure

import (
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

const (
	prefix     = "/azure"
	operations = prefix + "/operations/"
)

// Mount is where the dialect is spoken.
func Mount() httpapi.Mount {
	return httpapi.Mount{
		Name: "azure", Prefix: prefix, Words: Words{}, Full: true,
		Headers: []string{clientRequestID, requestID, firstSent},
		Shows:   []string{operationLocation, clientRequestID, errorCode, repeatability},
		Routes: []httpapi.Route{
			{Method: http.MethodPost, Path: prefix + "/{tool}-api", Handler: submit},
			{Method: http.MethodGet, Path: operations + "{operation_id}", Handler: status},
			{Method: http.MethodPost, Path: operations + "{operation_id}:cancel", Handler: cancel},
		},
	}
}

// submit makes a job of the work, always: the guidelines want a 202 also where the
// result could be had at once.
func submit(c *httpapi.Call) error {
	asked := c.Request().Header
	echo(asked, c.Header())
	t, err := c.Tool(c.Request().PathValue("tool"))
	if err != nil {
		return err
	}
	r := c.Asked(t)
	r.Wish = intake.Wish{Async: true}
	if r.Key, err = keys(asked, c.Began()); err != nil {
		return err
	}
	o, err := c.Begin(r)
	if err != nil {
		return err
	}
	if err := c.Receive(o); err != nil {
		return err
	}
	accepted(asked, c.Header())
	return c.Place(o)
}

// status answers with a status monitor; with Prefer: wait it is a long poll for
// the end.
func status(c *httpapi.Call) error {
	echo(c.Request().Header, c.Header())
	id, err := job.ParseID(c.Request().PathValue("operation_id"))
	if err != nil {
		return err
	}
	snap, err := c.Await(id, c.Wish().Wait, view.Finished)
	if err != nil {
		return dialect.Hidden(err)
	}
	c.AnswerStatus(snap, http.StatusOK)
	return nil
}

// cancel answers 200 with the status monitor, which of an operation that was over
// is what it was; 202 while the attempt is still being stopped.
func cancel(c *httpapi.Call) error {
	echo(c.Request().Header, c.Header())
	id, err := job.ParseID(c.Request().PathValue("operation_id"))
	if err != nil {
		return err
	}
	snap, err := c.Cancel(id)
	if fault.Is(err, fault.Conflict) {
		snap, err = c.Await(id, 0, view.Finished)
	}
	if err != nil {
		return dialect.Hidden(err)
	}
	code := http.StatusOK
	if !snap.Job.Status.Final() {
		code = http.StatusAccepted
	}
	c.AnswerStatus(snap, code)
	return nil
}
