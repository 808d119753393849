package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"claimcheck/api"
)

// CountBulk returns how many jobs a bulk would be about now; nothing is begun.
func (c *Client) CountBulk(ctx context.Context, b api.NewBulk) (int64, error) {
	b.DryRun = true
	var counted api.BulkCount
	if err := c.bulk(ctx, b, false, &counted); err != nil {
		return 0, fmt.Errorf("count jobs of a bulk: %w", err)
	}
	return counted.Matched, nil
}

// BeginBulk cancels, retries or deletes many jobs: those that pass the filter now. It
// is sent once: where its answer is lost, it may have been begun.
func (c *Client) BeginBulk(ctx context.Context, b api.NewBulk) (api.BulkBegun, error) {
	b.DryRun = false
	var begun api.BulkBegun
	if err := c.bulk(ctx, b, true, &begun); err != nil {
		return begun, fmt.Errorf("begin a bulk: %w", err)
	}
	return begun, nil
}

func (c *Client) bulk(ctx context.Context, b api.NewBulk, once bool, into any) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	a, err := c.send(ctx, &call{
		method: http.MethodPost, path: "/bulk", header: http.Header{"Content-Type": {"application/json"}},
		in: newInput(bytes.NewReader(body)), once: once,
	})
	if err != nil {
		return err
	}
	return a.into(into)
}

// Bulk asks once how far a bulk is.
func (c *Client) Bulk(ctx context.Context, id string) (api.Bulk, error) {
	var b api.Bulk
	if err := c.get(ctx, bulkPath(id), &b); err != nil {
		return b, fmt.Errorf("ask for bulk %s: %w", id, err)
	}
	return b, nil
}

// WaitBulk asks how far a bulk is, as often as the server suggests, until it is over.
// When ctx ends the waiting, or the server cannot be asked, the error comes with what
// was last seen.
func (c *Client) WaitBulk(ctx context.Context, id string) (api.Bulk, error) {
	var last api.Bulk
	for {
		a, err := c.send(ctx, &call{method: http.MethodGet, path: bulkPath(id)})
		if err == nil {
			var seen api.Bulk // what is absent now was perhaps there before
			if err = a.into(&seen); err == nil {
				last = seen
			}
		}
		if err != nil {
			return last, fmt.Errorf("ask for bulk %s: %w", id, err)
		}
		if last.Status != "processing" {
			return last, nil
		}
		if err := sleep(ctx, c.hint(a, int(last.RetryAfter))); err != nil {
			return last, fmt.Errorf("wait for bulk %s: %w", id, err)
		}
	}
}

// EndBulk ends a bulk: what was done stays done.
func (c *Client) EndBulk(ctx context.Context, id string) (api.Bulk, error) {
	var b api.Bulk
	a, err := c.send(ctx, &call{method: http.MethodDelete, path: bulkPath(id)})
	if err == nil {
		err = a.into(&b)
	}
	if err != nil {
		return b, fmt.Errorf("end bulk %s: %w", id, err)
	}
	return b, nil
}

func bulkPath(id string) string { return "/bulk/" + url.PathEscape(id) }
