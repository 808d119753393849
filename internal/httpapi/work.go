package httpapi

import (
	"bytes"
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
	"claimcheck/internal/queue"
	"claimcheck/internal/remote"
	"claimcheck/internal/tool"
)

// Work is what the calls of remote programs need; *remote.Desk is one.
// Failures of all but Claim: LeaseLost if the attempt is not the current one.
type Work interface {
	// Claim leases jobs, waiting for them until ctx is done; what is leased
	// when gone is done is handed back.
	Claim(ctx, gone context.Context, w remote.Wish) ([]remote.Lease, error)
	// Renew records a sign of life and returns when the lease ends.
	Renew(ctx context.Context, r remote.Ref, percent int) (until time.Time, cancel bool, err error)
	// Finish records success, with JSON or, if that is nil, the file put before.
	Finish(ctx context.Context, r remote.Ref, result []byte) error
	// Fail records a failure.
	Fail(ctx context.Context, r remote.Ref, f remote.Failure) error
	// Input opens the input.
	Input(ctx context.Context, r remote.Ref) (attempt.Input, error)
	// Put keeps the output file.
	Put(ctx context.Context, r remote.Ref, contentType string, from io.Reader) error
}

// Limits of the calls of remote programs.
const (
	maxClaimed     = 100
	maxWorkerRunes = 100
	maxClaimBytes  = 64 << 10
	maxReportBytes = tool.MaxAnswerBytes + 64<<10
)

// claimWork answers POST /work/claim.
func (s *Server) claimWork(c *Call) error {
	body := api.WorkClaim{Max: 1}
	if err := c.ReadJSON(&body, maxClaimBytes); err != nil {
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
	tools, refused := remote.MayClaim(c.who.Key.Tools, body.Tools)
	if len(refused) > 0 {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Key may not claim every tool that was asked for.").With("tools", refused)
	}
	c.quiet = true // a claim that waits is not a slow request
	ctx, end, err := c.waiting(time.Duration(body.Wait) * time.Second)
	if err != nil {
		return err
	}
	defer end()
	leases, err := s.Work.Claim(ctx, c.r.Context(), remote.Wish{KeyID: c.who.Key.ID, Tools: tools, Max: body.Max, Worker: body.Worker})
	if err != nil {
		return err
	}
	answer := api.WorkLeases{Leases: make([]api.WorkLease, len(leases))}
	for i := range leases {
		if answer.Leases[i], err = s.wireLease(&leases[i]); err != nil {
			return err
		}
	}
	return c.AnswerJSON(http.StatusOK, answer)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (s *Server) wireLease(l *remote.Lease) (api.WorkLease, error) {
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
	return api.WorkLease{
		Lease: l.String(), JobID: l.Job.String(), Tool: l.Tool, Attempt: l.Attempt, Options: options,
		InputURL: s.Addresses.URL(remote.Input, l.Ref), OutputURL: s.Addresses.URL(remote.Output, l.Ref),
		ExpiresAt: l.Until.Unix(), HeartbeatSeconds: max(int(s.Queue.LeaseLength()/(3*time.Second)), 1),
	}, nil
}

// lease returns the lease that the path names. A text that cannot name one is
// answered like a lease that is over: LeaseLost.
func (c *Call) lease() (remote.Ref, error) {
	r, ok := remote.ParseRef(c.r.PathValue("lease"))
	if !ok {
		return r, queue.ErrLeaseLost
	}
	if c.who != nil {
		r.KeyID = c.who.Key.ID
	}
	return r, nil
}

// heartbeat answers POST /work/{lease}/heartbeat.
func (s *Server) heartbeat(c *Call) error {
	r, err := c.lease()
	if err != nil {
		return err
	}
	percent, err := c.progress()
	if err != nil {
		return err
	}
	return s.renew(c, r, percent)
}

// progress reads a sign of life. It is taken as it comes, because a program that
// says too much, or nothing, is alive all the same: an empty body is no progress,
// and members that nobody knows are passed over.
func (c *Call) progress() (float64, error) {
	b, err := c.Incoming().Whole(maxClaimBytes)
	if err != nil {
		return 0, err
	}
	var body api.WorkProgress
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return 0, nil
	}
	if err := json.Unmarshal(b, &body); err != nil {
		return 0, fault.New(fault.Invalid, "INVALID_REQUEST", "The body must be a JSON object whose member progress, if there is one, is a number from 0 to 100.").Because(err)
	}
	return body.Progress, nil
}

func (s *Server) renew(c *Call, r remote.Ref, percent float64) error {
	if percent < 0 || percent > 100 {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "progress must be a number from 0 to 100.")
	}
	until, cancel, err := s.Work.Renew(c.r.Context(), r, int(percent))
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, api.WorkAlive{ExpiresAt: until.Unix(), CancelRequested: cancel})
}

// finishWork answers POST /work/{lease}/finish.
func (s *Server) finishWork(c *Call) error {
	r, err := c.lease()
	if err != nil {
		return err
	}
	var body api.WorkFinish
	if err := c.ReadJSON(&body, maxReportBytes); err != nil {
		return err
	}
	return s.succeeded(c, r, body.Result)
}

// succeeded records a success; a result of null is none.
func (s *Server) succeeded(c *Call, r remote.Ref, result json.RawMessage) error {
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
	if err := s.Work.Finish(c.r.Context(), r, result); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

// failWork answers POST /work/{lease}/fail.
func (s *Server) failWork(c *Call) error {
	r, err := c.lease()
	if err != nil {
		return err
	}
	var body api.WorkFailure
	if err := c.ReadJSON(&body, maxClaimBytes); err != nil {
		return err
	}
	return s.failed(c, r, &body)
}

func (s *Server) failed(c *Call, r remote.Ref, f *api.WorkFailure) error {
	err := s.Work.Fail(c.r.Context(), r, remote.Failure{Code: f.Code, Message: f.Message, Details: f.Details, Retry: f.Retry})
	if err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}
