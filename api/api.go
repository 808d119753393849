// Package api has the wire format of the HTTP API: what is sent and received
// as JSON, with units. The same is described for machines in openapi.yaml; a
// test holds the two together. Timestamps are Unix seconds.
package api

import "encoding/json"

// Accepted is the answer 202 to a submission.
type Accepted struct {
	Status    string `json:"status"` // accepted
	JobID     string `json:"job_id"`
	StatusURL string `json:"status_url"`
	RequestID string `json:"request_id"`
}

// Status is the answer to a status request: Message and RetryAfter while
// Status is queued or processing, Result when it is success, Error when it is
// failed.
type Status struct {
	JobID      string          `json:"job_id"`
	Status     string          `json:"status"`
	CreatedAt  int64           `json:"created_at"`
	UpdatedAt  int64           `json:"updated_at"`
	Message    string          `json:"message,omitempty"`
	RetryAfter int             `json:"retry_after,omitempty"` // seconds, 1 to 60
	Result     json.RawMessage `json:"result,omitempty"`      // byte for byte the synchronous answer
	Error      *JobError       `json:"error,omitempty"`
}

// JobError says why a job failed.
type JobError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details"` // line and column, from 1, and the reason, where the input is text
}

// Result is the answer of a synchronous call, and the result of a successful
// job, of a tool that makes a file.
type Result struct {
	RequestID   string `json:"request_id"`
	Status      string `json:"status"`                 // success
	File        string `json:"file"`                   // link that needs no key, until it expires
	Preview     string `json:"preview"`                // at most 1,000 characters, empty for binary output
	ContentType string `json:"content_type,omitempty"` // of the output, where the tool's description does not tell it
}

// Error is the envelope of every refused request.
type Error struct {
	Status     string       `json:"status"` // error
	Error      string       `json:"error"`  // code, for instance JOB_NOT_FOUND
	Details    ErrorDetails `json:"details"`
	RetryAfter int          `json:"retry_after,omitempty"` // seconds, with 429 and 503
}

// ErrorDetails are a sentence and the facts about a refused request.
type ErrorDetails struct {
	Message string `json:"message"`
	Facts
}

// Facts are what can be known of a failure beside its message; which are there
// depends on the code.
type Facts struct {
	Line           int      `json:"line,omitempty"`            // from 1
	Column         int      `json:"column,omitempty"`          // from 1, in characters
	Reason         string   `json:"reason,omitempty"`          // what was expected there, a sentence
	Sheet          string   `json:"sheet,omitempty"`           // the sheet of a workbook where that is
	Cell           string   `json:"cell,omitempty"`            // the cell there, for instance C7
	Option         string   `json:"option,omitempty"`          // the header that is wrong
	Parameter      string   `json:"parameter,omitempty"`       // the parameter of the query that is wrong
	Member         string   `json:"member,omitempty"`          // the member of the body that is wrong
	Limit          int64    `json:"limit,omitempty"`           // the limit that was passed, its unit as in the message
	LimitSeconds   int64    `json:"limit_seconds,omitempty"`   // the limit of time that was passed
	ResetsAt       int64    `json:"resets_at,omitempty"`       // when the limit begins anew, Unix seconds
	Allowed        []string `json:"allowed,omitempty"`         // what would have been accepted
	Size           int64    `json:"size,omitempty"`            // of the file of which a part was asked for, bytes
	Allow          string   `json:"allow,omitempty"`           // methods that the path takes
	StartBy        int64    `json:"start_by,omitempty"`        // the deadline that was missed, Unix seconds
	FinishBy       int64    `json:"finish_by,omitempty"`       // the same of the job's end
	UsualSeconds   float64  `json:"usual_seconds,omitempty"`   // how long half of the tool's runs take: longer than what was left
	LastError      string   `json:"last_error,omitempty"`      // the code of the attempt after which there was no time for another
	UpstreamStatus int      `json:"upstream_status,omitempty"` // what the address of a remote input answered
	// Encoding is the Content-Encoding that is not supported.
	Encoding string `json:"encoding,omitempty"`
	// Errors are why the input does not fit the tool's input_schema, 20 at most.
	Errors InputErrors `json:"errors,omitempty"`
	// Upstream is what the tool's own server said, where it refused the input.
	Upstream *Upstream `json:"upstream,omitempty"`
	Outcome  string    `json:"outcome,omitempty"` // unknown: it may have been accepted; retry with the same Idempotency-Key
}

// InputError is one reason why an input does not fit the tool's input_schema.
type InputError struct {
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901) to the value in the input; empty for the whole of it
	Message string `json:"message"` // a sentence
}

// Upstream is the answer of a tool's own server, word for word.
type Upstream struct {
	Status      int    `json:"status,omitempty"`       // HTTP's
	Code        string `json:"code,omitempty"`         // its code, where the failure does not have it because it means something else here
	ContentType string `json:"content_type,omitempty"` // of Body
	Body        string `json:"body,omitempty"`         // its first 16 KiB
	Truncated   bool   `json:"truncated,omitempty"`    // there was more
}

// Problem is the same failure as RFC 9457 problem details, sent when Accept
// names application/problem+json.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Instance  string `json:"instance"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Facts
	RetryAfter int `json:"retry_after,omitempty"`
}

// Usage is what an owner used this month and has now. A limit of 0 is none.
type Usage struct {
	Owner       string    `json:"owner"`
	Subject     string    `json:"subject,omitempty"` // what the authorizer whose token was sent calls the owner
	Plan        string    `json:"plan"`
	Period      Period    `json:"period"`
	Jobs        Allowance `json:"jobs"`
	StoredBytes Allowance `json:"stored_bytes"`
	Running     int64     `json:"running"`
	Queued      int64     `json:"queued"`
	Paused      bool      `json:"paused"` // an operator lets none of the owner's jobs begin
}

// ProtectedResource answers GET /.well-known/oauth-protected-resource (RFC 9728,
// section 2).
type ProtectedResource struct {
	Resource               string   `json:"resource"`
	AuthorizationServers   []string `json:"authorization_servers"`
	BearerMethodsSupported []string `json:"bearer_methods_supported"`
	ScopesSupported        []string `json:"scopes_supported"`
	ResourceName           string   `json:"resource_name"`
}

// Period is a month, from its first second to the next one's.
type Period struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// Allowance is something used and its limit.
type Allowance struct {
	Used  int64 `json:"used"`
	Limit int64 `json:"limit"`
}

// Health is the answer of /healthz (ok) and /readyz (ready).
type Health struct {
	Status string `json:"status"`
}

// FullJob is what ?view=full adds to the members of [Status].
type FullJob struct {
	Tool             string          `json:"tool"`
	Attempt          int             `json:"attempt"` // attempts begun
	MaxAttempts      int             `json:"max_attempts"`
	Progress         *int            `json:"progress,omitempty"`          // percent of the input read
	QueuePosition    *int64          `json:"queue_position,omitempty"`    // jobs that come before it, about
	WaitingReason    string          `json:"waiting_reason,omitempty"`    // queue, owner_limit, tool_limit, no_worker, retry_backoff, scheduled
	RunAt            *int64          `json:"run_at,omitempty"`            // no attempt begins before this time
	EstimatedSeconds *int64          `json:"estimated_seconds,omitempty"` // until it is finished, about
	StartBy          *int64          `json:"start_by,omitempty"`          // if no attempt has begun by then the job ends
	FinishBy         *int64          `json:"finish_by,omitempty"`         // the job ends by then
	Group            string          `json:"group,omitempty"`
	StartedAt        *int64          `json:"started_at,omitempty"`
	FinishedAt       *int64          `json:"finished_at,omitempty"`
	ExpiresAt        *int64          `json:"expires_at,omitempty"`
	Attempts         []Attempt       `json:"attempts"`
	Metadata         json.RawMessage `json:"metadata,omitempty"`
}

// Attempt is one try at a job.
type Attempt struct {
	Attempt   int    `json:"attempt"`
	StartedAt int64  `json:"started_at"`
	EndedAt   *int64 `json:"ended_at,omitempty"`
	Worker    string `json:"worker,omitempty"`
	Error     string `json:"error,omitempty"` // code
}

// JobList is a page of the caller's jobs, newest first.
type JobList struct {
	Jobs       []json.RawMessage `json:"jobs"`        // each a [Status]
	NextCursor *string           `json:"next_cursor"` // nil on the last page, and only there: others may be short or empty
}

// JobToken lets a browser read one job for a short time.
type JobToken struct {
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expires_at"`
}

// NewUpload is the body of POST /upload-api.
type NewUpload struct {
	Filename string `json:"filename"`
}

// Upload is where a file can be put.
type Upload struct {
	UploadID string `json:"upload_id"` // upl_ and 32 hexadecimal digits
	Upload   Form   `json:"upload"`
}

// Form is what to post as multipart/form-data: every field as it is, then the
// part file. Fields["key"] is what a submission with x-source-type: file takes.
type Form struct {
	URL    string            `json:"url"`
	Fields map[string]string `json:"fields"`
}

// JobLog is the answer of GET /jobs/{job_id}/log: the lines that the job's attempts have
// said while they ran, as far as they are kept, oldest first.
type JobLog struct {
	Lines   []LogLine `json:"lines"`
	Dropped int64     `json:"dropped"` // lines that went, because there is room for 64 KiB
}

// LogLine is a line of a job's log.
type LogLine struct {
	At   int64  `json:"at"` // when it was said, Unix seconds
	Text string `json:"text"`
}

// JobWords is the data of the events progress, message, log and output of a job's event
// stream, of which it has the member that the event is named after.
type JobWords struct {
	Attempt  int      `json:"attempt"`            // who says it; the output of another attempt begins anew
	At       int64    `json:"at,omitempty"`       // when, Unix seconds; not of progress
	Progress int      `json:"progress,omitempty"` // percent
	Message  string   `json:"message,omitempty"`
	Log      []string `json:"log,omitempty"`     // lines
	Output   string   `json:"output,omitempty"`  // what follows the output that came before
	Dropped  int64    `json:"dropped,omitempty"` // bytes that the attempt said just before, and that are not kept
}

// WorkClaim asks for jobs to work on, with a key of scope work.
type WorkClaim struct {
	Tools  []string `json:"tools,omitempty"`  // all of the key's where it is left out
	Max    int      `json:"max,omitempty"`    // jobs, 1 to 100; 1 where it is left out
	Wait   int      `json:"wait,omitempty"`   // seconds to wait for one, 0 to 25
	Worker string   `json:"worker,omitempty"` // the program's name, in the history of jobs
}

// WorkLeases answers a claim.
type WorkLeases struct {
	Leases []WorkLease `json:"leases"`
}

// WorkLease is a job in a program's hands until ExpiresAt.
type WorkLease struct {
	Lease            string            `json:"lease"`
	JobID            string            `json:"job_id"`
	Tool             string            `json:"tool"`
	Attempt          int               `json:"attempt"`
	Options          map[string]string `json:"options"`
	InputURL         string            `json:"input_url"`             // GET, without a key
	OutputURL        string            `json:"output_url"`            // PUT, without a key
	ExpiresAt        int64             `json:"expires_at"`            // Unix seconds
	HeartbeatSeconds int               `json:"heartbeat_seconds"`     // between two signs of life
	TraceParent      string            `json:"traceparent,omitempty"` // W3C Trace Context, of the attempt
	Deadline         int64             `json:"deadline,omitempty"`    // Unix seconds: the caller has no use for an outcome after it
}

// WorkProgress is a sign of life, and what is said with it of the work that goes on.
type WorkProgress struct {
	Progress float64  `json:"progress,omitempty"` // percent; its whole part counts
	Message  string   `json:"message,omitempty"`  // what is being done now, at most 200 characters
	Log      []string `json:"log,omitempty"`      // lines
	Output   string   `json:"output,omitempty"`   // a piece of the output
}

// WorkAlive answers a sign of life.
type WorkAlive struct {
	ExpiresAt       int64 `json:"expires_at"` // Unix seconds
	CancelRequested bool  `json:"cancel_requested"`
}

// WorkFinish is a success: with a result, or with the file that was put before.
type WorkFinish struct {
	Result json.RawMessage `json:"result,omitempty"`
}

// WorkFailure is a failure in the words of whoever did the work.
type WorkFailure struct {
	Code    string          `json:"code,omitempty"`
	Message string          `json:"message,omitempty"`
	Details json.RawMessage `json:"details,omitempty"` // an object
	Retry   bool            `json:"retry,omitempty"`   // another attempt may succeed
}

// WorkReport is what a target of a tool of mode json calls back with: progress
// alone, or a status with its result or error.
type WorkReport struct {
	Progress *float64        `json:"progress,omitempty"` // percent; its whole part counts
	Message  string          `json:"message,omitempty"`  // as in [WorkProgress]
	Log      []string        `json:"log,omitempty"`      // as there
	Output   string          `json:"output,omitempty"`   // as there
	Status   string          `json:"status,omitempty"`   // success or failed
	Result   json.RawMessage `json:"result,omitempty"`
	Error    *WorkFailure    `json:"error,omitempty"`
}
