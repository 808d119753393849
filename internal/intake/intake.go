// Package intake turns a request into an order: what is to be done, on what and
// for whom, checked. A request may come in any dialect: each fills a [Request]
// in its own way, and from there on all are the same. What runs an order, and
// what a client is answered, is not its business.
package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// Uploads finds what clients have uploaded; *upload.Uploads does.
type Uploads interface {
	// Find returns a finished upload of the owner's by its key. NotFound
	// FILE_NOT_FOUND.
	Find(ctx context.Context, owner string, plan account.Plan, key string) (job.Upload, error)
}

// An Intake makes orders. It is safe for concurrent use.
type Intake struct {
	Blobs   blob.Store
	Uploads Uploads
	Log     *slog.Logger
	Now     func() time.Time
	NewID   func() job.ID

	CheckURL     func(text string) error          // judges the address of a remote input by its text
	CheckWebhook func(text string) error          // the same of an address that is to be called
	CheckPut     func(text string) error          // the same of an address that an output is to be put to
	KeptFor      func(account.Plan) time.Duration // how long a plan keeps what is finished
	SyncMaxBytes int64                            // what is longer is not looked into
}

// A Request is what a client wants, as it says it: texts that nobody has checked,
// empty where it says nothing.
type Request struct {
	ID    string // X-Request-Id
	Owner string
	Plan  account.Plan
	Tool  tool.Tool

	Dialect  string // the request's, empty for the plain one
	Source   string
	Options  func(name string) string // by the header's name
	Priority string
	RunAt    string                    // Unix seconds
	Metadata string                    // a JSON object
	Asks     func(field string) string // what is asked for beside the work, by the plain dialect's header in the form of http.Header; nil for nothing
	Webhook  []string                  // addresses, one at most
	Key      []string                  // idempotency keys, one at most
	Trace    string                    // traceparent
	Wish     Wish
}

// A Wish is how long a client wants to wait for the end of its work.
type Wish struct {
	Async bool // it wants a job in any case
	Waits bool // it says how long it waits
	Wait  time.Duration
}

// MaxWait is the longest time that a client may wait in one request.
const MaxWait = 25 * time.Second

// An Order is a checked request.
type Order struct {
	ID        job.ID // of the job that it is or becomes
	RequestID string
	Owner     string
	Plan      account.Plan
	Tool      tool.Tool
	Spec      tool.Spec // of the tool

	Source  Source
	Options tool.Options
	Encoded []byte // options as canonical JSON, nil if there are none
	About   About
	Webhook string // address to be called, or empty
	Trace   string // traceparent, or empty
	Wish    Wish
	Key     string // idempotency key, or empty
	Input   *Input // nil before Take or Name

	dialect string
}

// Begin checks everything that can be known before the input is there. The
// order is complete after Take or, where its source is not FromBody, after Name.
// Failures: Invalid INVALID_SOURCE_TYPE, INVALID_REQUEST, INVALID_OPTION and
// those of CheckWebhook.
func (in *Intake) Begin(r Request) (*Order, error) {
	o := &Order{ID: in.NewID(), RequestID: r.ID, Owner: r.Owner, Plan: r.Plan, Tool: r.Tool, Spec: r.Tool.Spec(), Wish: r.Wish, dialect: r.Dialect}
	var err error
	if o.Source, err = parseSource(r.Source, r.Dialect); err != nil {
		return nil, err
	}
	if o.Webhook, err = in.webhook(r.Webhook); err != nil {
		return nil, err
	}
	if o.Options, err = o.Spec.ParseOptions(r.Options); err != nil {
		return nil, err
	}
	if len(o.Options) > 0 {
		if o.Encoded, err = json.Marshal(o.Options); err != nil {
			return nil, fmt.Errorf("encode options: %w", err)
		}
	}
	if o.About, err = about(&r, in.Now()); err != nil {
		return nil, err
	}
	if o.About.Terms != (job.Terms{}) {
		if err := in.keeps(o); err != nil {
			return nil, err
		}
	}
	if tool.IsTraceParent(r.Trace) {
		o.Trace = r.Trace
	}
	if o.Key, err = IdempotencyKey(r.Key); err == nil && o.Key == "" {
		err = o.About.late
	}
	return o, err
}

// webhook checks the address to be called, empty if there is none.
func (in *Intake) webhook(lines []string) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	if len(lines) > 1 {
		return "", fault.New(fault.Invalid, CodeInvalidRequest, "x-webhook-url must be one address.")
	}
	return lines[0], in.CheckWebhook(lines[0])
}

const maxIdempotencyKey = 255

// IdempotencyKey reads the lines of that header: a quoted or bare string of 1 to 255
// printable characters; empty if there is none. Failure: Invalid INVALID_REQUEST.
func IdempotencyKey(lines []string) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	key := strings.TrimSpace(lines[0])
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	bad := func(c rune) bool { return c < ' ' || c > '~' }
	if len(lines) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.ContainsFunc(key, bad) {
		return "", fault.New(fault.Invalid, CodeInvalidRequest, "Idempotency-Key must be one value of 1 to 255 printable ASCII characters.")
	}
	return key, nil
}
