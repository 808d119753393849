package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"claimcheck/api"
)

// Cancel stops a job and returns its status: "failed" with the code CANCELED, or
// still "processing" while its attempt is being stopped; [Client.Wait] then tells how
// it ended. An *[Error] with the code JOB_FINISHED says that it was over already.
func (c *Client) Cancel(ctx context.Context, id string) (api.Status, error) {
	var s api.Status
	heard := false
	a, err := c.sendNoting(ctx, &call{method: http.MethodPost, path: jobPath(id) + "/cancel"}, &heard)
	if e, ok := errors.AsType[*Error](err); ok && heard && e.Code == "JOB_FINISHED" {
		now, askErr := c.Get(ctx, id) // an earlier try may have ended it
		if askErr == nil && now.Error != nil && now.Error.Code == "CANCELED" {
			return now, nil
		}
	}
	if err == nil {
		err = a.into(&s)
	}
	if err != nil {
		return s, fmt.Errorf("cancel job %s: %w", id, err)
	}
	return s, nil
}

// Delete removes a job and its files; one that runs is canceled first.
func (c *Client) Delete(ctx context.Context, id string) error {
	heard := false
	_, err := c.sendNoting(ctx, &call{method: http.MethodDelete, path: jobPath(id)}, &heard)
	if e, ok := errors.AsType[*Error](err); ok && heard && e.Code == "JOB_NOT_FOUND" {
		return nil // an earlier try has removed it
	}
	if err != nil {
		return fmt.Errorf("delete job %s: %w", id, err)
	}
	return nil
}

// Retry does a finished job's work again, as a new job with the same input and
// options, which is charged as any other. An *[Error] with the code JOB_UNFINISHED
// says that it is not over yet. Where the answer is lost, Retry is not made again:
// there may be a new job.
func (c *Client) Retry(ctx context.Context, id string) (api.Accepted, error) {
	a, err := c.send(ctx, &call{method: http.MethodPost, path: jobPath(id) + "/retry", once: true})
	if err != nil {
		return api.Accepted{}, fmt.Errorf("retry job %s: %w", id, err)
	}
	return accepted(a)
}

// sendNoting is send that notes whether the server may have heard a try whose
// answer did not come.
func (c *Client) sendNoting(ctx context.Context, k *call, heard *bool) (*answer, error) {
	var a *answer
	err := c.keepTrying(ctx, trial{again: true}, func() (err error) {
		a, err = c.once(ctx, k)
		e, refused := errors.AsType[*Error](err)
		l, isLost := errors.AsType[lostError](err)
		if isLost && !l.unsent || refused && e.HTTPStatus >= http.StatusInternalServerError {
			*heard = true
		}
		return err
	})
	return a, err
}
