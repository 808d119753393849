package attempt

import (
	"context"
	"io"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/tool"
)

// A Call is work that a client waits for. Spec describes the job that it
// becomes if it takes too long.
type Call struct {
	Spec    queue.Spec
	Tool    tool.Tool
	Options tool.Options
	Open    func() (io.ReadCloser, error)   // opens the input, also after Persist
	Persist func(ctx context.Context) error // makes the input durable under Spec.ID
	Release func()                          // the input is not needed any more; called once
	Wait    time.Duration                   // how long the client waits
}

// A Result is what became of a call: an outcome that is not recorded yet, or
// the job that it became, or the remembered answer of its idempotency key.
type Result struct {
	Outcome queue.Outcome
	Job     *job.Job
	Replay  *protocol.Idempotency
	Ran     time.Duration // how long the tool ran; with an outcome, and beside the tool's judgment
}
