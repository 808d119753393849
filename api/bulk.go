package api

import "encoding/json"

// NewBulk is the body of POST /bulk and POST /admin/bulk.
type NewBulk struct {
	Action string     `json:"action"` // cancel, retry or delete
	Filter BulkFilter `json:"filter"`
	DryRun bool       `json:"dry_run,omitempty"` // only count
	All    bool       `json:"all,omitempty"`     // an empty filter is meant
}

// BulkFilter says which jobs a bulk is about: those that pass all that is set, and of
// a list one value. Times are Unix seconds.
type BulkFilter struct {
	Status         []string          `json:"status,omitempty"`
	Tool           []string          `json:"tool,omitempty"`
	Error          []string          `json:"error,omitempty"` // codes of failed jobs
	CreatedAfter   int64             `json:"created_after,omitempty"`
	CreatedBefore  int64             `json:"created_before,omitempty"`
	FinishedAfter  int64             `json:"finished_after,omitempty"`
	FinishedBefore int64             `json:"finished_before,omitempty"`
	Group          string            `json:"group,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	IDs            []string          `json:"ids,omitempty"`

	Owner   string `json:"owner,omitempty"`   // of operators only
	Trouble string `json:"trouble,omitempty"` // of operators only: stuck, failing or poisoned
}

// BulkCount is the answer of a dry run.
type BulkCount struct {
	Matched int64 `json:"matched"`
}

// BulkBegun is the answer of POST /bulk.
type BulkBegun struct {
	BulkID  string `json:"bulk_id"`
	Status  string `json:"status"` // processing; done where nothing matched
	Matched int64  `json:"matched"`
}

// Bulk is the answer of GET and DELETE /bulk/{id}.
type Bulk struct {
	BulkID       string     `json:"bulk_id"`
	Action       string     `json:"action"`
	Status       string     `json:"status"` // processing, done or ended
	Matched      int64      `json:"matched"`
	Done         int64      `json:"done"`
	Skipped      []BulkSkip `json:"skipped"` // the first hundred
	SkippedCount int64      `json:"skipped_count"`
	CreatedAt    int64      `json:"created_at"`
	UpdatedAt    int64      `json:"updated_at"`
	RetryAfter   int64      `json:"retry_after,omitempty"` // while it is processing
}

// BulkSkip is a job with which a bulk could not do what was asked for, and why.
type BulkSkip struct {
	JobID string `json:"job_id"`
	Code  string `json:"code"`
}

// OperatorJob is what GET /admin/jobs says of a job beside its status.
type OperatorJob struct {
	Owner       string `json:"owner"`
	Tool        string `json:"tool"`
	Attempt     int    `json:"attempt"` // attempts begun
	MaxAttempts int    `json:"max_attempts"`
	LastError   string `json:"last_error,omitempty"` // code of the last attempt that failed
	Trouble     string `json:"trouble,omitempty"`    // stuck, failing or poisoned
}

// OperatorView is what GET /admin/jobs/{job_id} says of a job beside its status and
// what view=full adds.
type OperatorView struct {
	Owner     string `json:"owner"`
	RequestID string `json:"request_id"` // of its submission
	LastError string `json:"last_error,omitempty"`
	Trouble   string `json:"trouble,omitempty"`
}

// OperatorJobList is the answer of GET /admin/jobs.
type OperatorJobList struct {
	Jobs       []json.RawMessage `json:"jobs"`        // each a [Status] with the members of an [OperatorJob]
	NextCursor *string           `json:"next_cursor"` // nil on the last page, and only there: others may be short or empty
}
