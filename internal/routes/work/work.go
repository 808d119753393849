// Package work is how remote programs do work: the routes below /work, by which
// they claim jobs, give signs of life, fetch inputs, put outputs and report. What
// becomes of an attempt is for the queue's rules.
package work

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"claimcheck/api"
	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/queue"
	"claimcheck/internal/remote"
	"claimcheck/internal/tool"
)

// Config is what the routes work with.
type Config struct {
	Work        Work
	Addresses   Addresses
	LeaseLength time.Duration // how long a lease lasts unless renewed
}

// Work is what the calls of remote programs need; *remote.Desk is one.
// Failures of all but Claim: LeaseLost if the attempt is not the current one.
type Work interface {
	// Claim leases jobs, waiting for them until ctx is done; what is leased
	// when gone is done is handed back.
	Claim(ctx, gone context.Context, w remote.Wish) ([]remote.Lease, error)
	// Renew records a sign of life and what is said with it, and returns when the
	// lease ends.
	Renew(ctx context.Context, r remote.Ref, said tool.Words) (until time.Time, cancel bool, err error)
	// Finish records success, with JSON or, if that is nil, the file put before.
	Finish(ctx context.Context, r remote.Ref, result []byte) error
	// Fail records a failure.
	Fail(ctx context.Context, r remote.Ref, f remote.Failure) error
	// Input opens the input.
	Input(ctx context.Context, r remote.Ref) (attempt.Input, error)
	// Put keeps the output file.
	Put(ctx context.Context, r remote.Ref, said remote.Said, from io.Reader) error
}

// Routes are the routes of remote programs.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{
		{Method: "POST", Path: "/work/claim", Access: httpapi.Working, Handler: c.claim},
		{Method: "POST", Path: "/work/{lease}/heartbeat", Access: httpapi.Working, Handler: c.heartbeat},
		{Method: "POST", Path: "/work/{lease}/finish", Access: httpapi.Working, Handler: c.finish},
		{Method: "POST", Path: "/work/{lease}/fail", Access: httpapi.Working, Handler: c.fail},
		{Method: "GET", Path: "/work/{lease}/input", Access: httpapi.Open, Handler: c.input},
		{Method: "PUT", Path: "/work/{lease}/output", Access: httpapi.Open, Handler: c.output},
		{Method: "PATCH", Path: "/work/{lease}/callback", Access: httpapi.Open, Handler: c.callback},
		{Method: "PUT", Path: "/work/{lease}/callback", Access: httpapi.Open, Handler: c.callbackOutput},
	}
}

// Limits of the calls of remote programs.
const (
	maxClaimed     = 100
	maxWait        = int(intake.MaxWait / time.Second)
	maxWorkerRunes = 100
	maxClaimBytes  = 64 << 10
	maxSaidBytes   = 256 << 10
	maxReportBytes = tool.MaxAnswerBytes + 64<<10
)

// claim answers POST /work/claim.
func (c Config) claim(call *httpapi.Call) error {
	body := api.WorkClaim{Max: 1}
	if err := call.ReadJSON(&body, maxClaimBytes); err != nil {
		return err
	}
	switch {
	case body.Max < 1 || body.Max > maxClaimed:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "max must be a whole number from 1 to %d.", maxClaimed)
	case body.Wait < 0 || body.Wait > maxWait:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "wait must be a whole number from 0 to %d.", maxWait)
	case utf8.RuneCountInString(body.Worker) > maxWorkerRunes || strings.ContainsFunc(body.Worker, isControl):
		return fault.New(fault.Invalid, "INVALID_REQUEST", "worker must be a name of at most %d characters.", maxWorkerRunes)
	}
	tools, refused := remote.MayClaim(call.Key().Tools, body.Tools)
	if len(refused) > 0 {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Key may not claim every tool that was asked for.").With("tools", refused)
	}
	call.Quiet() // a claim that waits is not a slow request
	ctx, end, err := call.Waiting(time.Duration(body.Wait) * time.Second)
	if err != nil {
		return err
	}
	defer end()
	leases, err := c.Work.Claim(ctx, call.Request().Context(), remote.Wish{KeyID: call.Key().ID, Tools: tools, Max: body.Max, Worker: body.Worker})
	if err != nil {
		return err
	}
	answer := api.WorkLeases{Leases: make([]api.WorkLease, len(leases))}
	for i := range leases {
		if answer.Leases[i], err = c.wireLease(&leases[i]); err != nil {
			return err
		}
	}
	return call.AnswerJSON(http.StatusOK, answer)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (c Config) wireLease(l *remote.Lease) (api.WorkLease, error) {
	options := map[string]string{}
	if len(l.Options) > 0 {
		if err := json.Unmarshal(l.Options, &options); err != nil {
			return api.WorkLease{}, fmt.Errorf("stored options of job %s: %w", l.Job, err)
		}
	}
	for name, v := range options {
		if v == "" {
			delete(options, name)
		}
	}
	deadline := int64(0)
	if !l.EndBy.IsZero() {
		deadline = l.EndBy.Unix()
	}
	return api.WorkLease{
		Deadline: deadline,
		Lease:    l.String(), JobID: l.Job.String(), Tool: l.Tool, Attempt: l.Attempt, Options: options,
		InputURL: c.Addresses.URL(remote.Input, l.Ref), OutputURL: c.Addresses.URL(remote.Output, l.Ref),
		ExpiresAt: l.Until.Unix(), HeartbeatSeconds: max(int(c.LeaseLength/(3*time.Second)), 1), TraceParent: l.Trace,
	}, nil
}

// lease returns the lease that the path names. A text that cannot name one is
// answered like a lease that is over: LeaseLost.
func lease(call *httpapi.Call) (remote.Ref, error) {
	r, ok := remote.ParseRef(call.Request().PathValue("lease"))
	if !ok {
		return r, queue.ErrLeaseLost
	}
	r.KeyID = call.Key().ID
	return r, nil
}

// heartbeat answers POST /work/{lease}/heartbeat.
func (c Config) heartbeat(call *httpapi.Call) error {
	r, err := lease(call)
	if err != nil {
		return err
	}
	b, err := call.Incoming().Whole(maxSaidBytes)
	if err != nil {
		return err
	}
	said, err := tool.ReadWords(b) // of what a program may say; it is alive if it says nothing, too
	if err != nil {
		return err
	}
	return c.renew(call, r, said)
}

// renew records a sign of life.
func (c Config) renew(call *httpapi.Call, r remote.Ref, said tool.Words) error {
	until, cancel, err := c.Work.Renew(call.Request().Context(), r, said)
	if err != nil {
		return err
	}
	return call.AnswerJSON(http.StatusOK, api.WorkAlive{ExpiresAt: until.Unix(), CancelRequested: cancel})
}

// finish answers POST /work/{lease}/finish.
func (c Config) finish(call *httpapi.Call) error {
	r, err := lease(call)
	if err != nil {
		return err
	}
	var body api.WorkFinish
	if err := call.ReadJSON(&body, maxReportBytes); err != nil {
		return err
	}
	return c.succeeded(call, r, body.Result)
}

// succeeded records a success; a result of null is none.
func (c Config) succeeded(call *httpapi.Call, r remote.Ref, result json.RawMessage) error {
	if string(result) == "null" {
		result = nil
	}
	if len(result) > tool.MaxAnswerBytes {
		return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "A result has at most %d bytes; put a file instead.", tool.MaxAnswerBytes).
			With("limit", tool.MaxAnswerBytes)
	}
	if !utf8.Valid(result) {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The result is not in UTF-8.")
	}
	if err := c.Work.Finish(call.Request().Context(), r, result); err != nil {
		return err
	}
	call.NoContent()
	return nil
}

// fail answers POST /work/{lease}/fail.
func (c Config) fail(call *httpapi.Call) error {
	r, err := lease(call)
	if err != nil {
		return err
	}
	var body api.WorkFailure
	if err := call.ReadJSON(&body, maxClaimBytes); err != nil {
		return err
	}
	return c.failed(call, r, &body)
}

func (c Config) failed(call *httpapi.Call, r remote.Ref, f *api.WorkFailure) error {
	err := c.Work.Fail(call.Request().Context(), r, remote.Failure{Code: f.Code, Message: f.Message, Details: f.Details, Retry: f.Retry})
	if err != nil {
		return err
	}
	call.NoContent()
	return nil
}
