package webhook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"claimcheck/internal/job"
)

// maxPayloadBytes is how long a call's body is at most (Standard Webhooks:
// under 20 kB); a longer one is sent without the job's result.
const maxPayloadBytes = 20_000

// A Renderer shows jobs as clients see them; *httpapi.Server is one.
type Renderer interface {
	// JobBody returns the status body of a finished job, its links fresh;
	// without result, the member result is left out.
	JobBody(j *job.Job, result bool) []byte
	// ResultURL returns where a job's result is asked for.
	ResultURL(id job.ID) string
	// GroupBody returns how a group stands.
	GroupBody(g *job.Group) []byte
}

// payload is the body of a call: {"type","timestamp","data"}.
func payload(d *job.Delivery, j *job.Job, render Renderer) ([]byte, error) {
	b := append([]byte(`{"type":"`), d.Event...)
	b = append(b, `","timestamp":"`...)
	b = d.Created.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `","data":{"sequence":`...)
	b = strconv.AppendInt(b, d.Sequence, 10)
	if d.Event == job.GroupFinished {
		g, err := job.GroupOf(d)
		if err != nil {
			return nil, fmt.Errorf("read group of delivery: %w", err)
		}
		b = append(append(b, `,"group":`...), render.GroupBody(&g)...)
		return append(b, "}}"...), nil
	}
	if j == nil {
		b = append(append(b, `,"webhook_id":`...), quote(d.Webhook)...)
		return append(b, "}}"...), nil
	}
	b = append(b, `,"job":`...)
	whole := append(append(slices.Clip(b), render.JobBody(j, true)...), "}}"...)
	if len(whole) <= maxPayloadBytes {
		return whole, nil
	}
	b = append(b, render.JobBody(j, false)...)
	b = append(append(b, `,"result_url":`...), quote(render.ResultURL(j.ID))...)
	return append(b, "}}"...), nil
}

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("webhook: quote: " + err.Error()) // strings always encode
	}
	return b
}
