package api

// NewKey is the body of POST /admin/keys.
type NewKey struct {
	Owner     string   `json:"owner"`
	Plan      string   `json:"plan,omitempty"`       // empty: the owner keeps its plan
	Name      string   `json:"name,omitempty"`       // a note
	Scopes    []string `json:"scopes,omitempty"`     // none: submit and read
	Tools     []string `json:"tools,omitempty"`      // the only ones that the key is for; none: all, but scope work needs one
	From      []string `json:"from,omitempty"`       // networks that the key is taken from, or addresses; none: all
	ExpiresIn *int64   `json:"expires_in,omitempty"` // seconds; nil: never
}

// Key is an API key without its text, as operators see it. Times are Unix seconds.
type Key struct {
	ID        string   `json:"id"`
	Owner     string   `json:"owner"`
	Plan      string   `json:"plan"` // the owner's
	Name      string   `json:"name"`
	Scopes    []string `json:"scopes"`
	Tools     []string `json:"tools"`
	From      []string `json:"from"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt *int64   `json:"expires_at"` // nil: never
	RevokedAt *int64   `json:"revoked_at"` // nil: it is not; to come: it is valid until then
}

// MadeKey is a new key with its text, which is shown once.
type MadeKey struct {
	ID        string   `json:"id"`
	Key       string   `json:"key"`
	Owner     string   `json:"owner"`
	Plan      string   `json:"plan"`
	Name      string   `json:"name"`
	Scopes    []string `json:"scopes"`
	Tools     []string `json:"tools"`
	From      []string `json:"from"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt *int64   `json:"expires_at"`
	RevokedAt *int64   `json:"revoked_at"`
}

// Rotation is the body of POST /admin/keys/{id}/rotate.
type Rotation struct {
	Overlap *int64 `json:"overlap,omitempty"` // seconds that the old key stays valid; nil: a day
}

// Plans is the answer of GET /admin/plans, by name.
type Plans struct {
	Plans []Plan `json:"plans"`
}

// Plan is what an owner may use; in every limit 0 means none.
type Plan struct {
	Name                  string `json:"name"`
	StatusPerMinute       int64  `json:"status_per_minute"`
	SubmitPerMinute       int64  `json:"submit_per_minute"`
	JobsPerMonth          int64  `json:"jobs_per_month"`
	MaxInputBytes         int64  `json:"max_input_bytes"`
	MaxOutputBytes        int64  `json:"max_output_bytes"`
	MaxRunningJobs        int64  `json:"max_running_jobs"`
	MaxQueuedJobs         int64  `json:"max_queued_jobs"`
	MaxPendingUploads     int64  `json:"max_pending_uploads"`
	MaxStoredBytes        int64  `json:"max_stored_bytes"`
	MaxHeld               int64  `json:"max_held"`
	Weight                int64  `json:"weight"`
	RetentionSeconds      int64  `json:"retention_seconds"`       // 0: the server's
	RetentionInputSeconds int64  `json:"retention_input_seconds"` // of inputs; 0: as long as their jobs
	Owners                int    `json:"owners"`                  // that have a key and this plan
	Keys                  int    `json:"keys"`                    // of these owners, valid now
}

// Audit is the answer of GET /admin/audit, newest first.
type Audit struct {
	Audit      []AuditRow `json:"audit"`
	NextCursor string     `json:"next_cursor,omitempty"` // for the parameter cursor; absent at the end
}

// AuditRow is one change that an operator made, written down before it was made.
type AuditRow struct {
	At        int64  `json:"at"`
	KeyID     string `json:"key_id"` // of the admin key; command: by one of the operator's commands
	Owner     string `json:"owner"`  // whose key it is; empty of commands
	Action    string `json:"action"` // a noun and a verb, for instance keys.revoke
	Target    string `json:"target"`
	RequestID string `json:"request_id"` // empty of commands
}
