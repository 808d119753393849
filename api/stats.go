package api

// Stats is the answer of GET /admin/stats: what was counted from From to To, which
// are whole steps, and how it is now.
type Stats struct {
	From   int64        `json:"from"`
	To     int64        `json:"to"`
	Step   int64        `json:"step"`   // seconds
	Points []StatsPoint `json:"points"` // one for each step, also where nothing was counted
	Now    StatsNow     `json:"now"`
	Errors []StatsError `json:"errors"` // the commonest first, at most 50
	Owners []StatsOwner `json:"owners"` // the busiest first, at most 30, and those that are paused
	Health StatsHealth  `json:"health"`
}

// StatsPoint is what was counted in one step, on all servers.
type StatsPoint struct {
	At        int64                  `json:"at"` // when the step began
	Accepted  int64                  `json:"accepted"`
	Succeeded int64                  `json:"succeeded"`
	Failed    int64                  `json:"failed"`
	WaitMS    Percentiles            `json:"wait_ms"`   // from a job's acceptance to its first attempt
	RunMS     Percentiles            `json:"run_ms"`    // of the last attempt of what ended
	CommitMS  Percentiles            `json:"commit_ms"` // of the database's commits
	Tools     map[string]StatsCounts `json:"tools"`     // those of which something was counted
}

// StatsCounts is what was counted of one tool.
type StatsCounts struct {
	Accepted  int64 `json:"accepted"`
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
}

// Percentiles are values that half, nine in ten and 99 in a hundred did not exceed,
// within 3.2 %; null where there was none.
type Percentiles struct {
	P50 *float64 `json:"p50"`
	P90 *float64 `json:"p90"`
	P99 *float64 `json:"p99"`
}

// StatsNow is how many unfinished jobs there are.
type StatsNow struct {
	Queued     int64       `json:"queued"`
	Processing int64       `json:"processing"`
	Tools      []StatsTool `json:"tools"` // by name: those of the server, and others with unfinished jobs
}

// StatsTool is how a tool is now.
type StatsTool struct {
	Name          string  `json:"name"`
	Queued        int64   `json:"queued"`
	Processing    int64   `json:"processing"`
	MaxRunning    int64   `json:"max_running"` // jobs that may be processed at once; 0: as many as there are workers
	Paused        bool    `json:"paused"`
	Breaker       *string `json:"breaker"`        // closed, half_open or open; null for a tool without one
	BreakerOwners int     `json:"breaker_owners"` // owners whose jobs alone wait because the tool's target fails them
}

// StatsError is how often a code ended jobs and synchronous calls.
type StatsError struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// StatsOwner is what an owner had accepted, and has now.
type StatsOwner struct {
	Owner      string `json:"owner"`
	Plan       string `json:"plan"`
	Queued     int64  `json:"queued"`
	Processing int64  `json:"processing"`
	Accepted   int64  `json:"accepted"` // at least: see the operations guide
	Paused     bool   `json:"paused"`
}

// StatsHealth is how the database and the queue are: what was counted from From to
// To, and what is now.
type StatsHealth struct {
	CommitMS          Percentiles    `json:"commit_ms"`
	BatchOperations   Percentiles    `json:"batch_operations"`    // that shared one transaction
	OldestWaitSeconds float64        `json:"oldest_wait_seconds"` // of the job that waits longest now; 0: none does
	File              *StatsFile     `json:"file,omitempty"`      // where the database is a file
	Database          *StatsDatabase `json:"database,omitempty"`  // where servers share one
}

// StatsFile is how the file of the embedded database is.
type StatsFile struct {
	Bytes     int64 `json:"bytes"`
	FreeBytes int64 `json:"free_bytes"` // that hold nothing and are used before the file grows
	LogBytes  int64 `json:"log_bytes"`
}

// StatsDatabase is how a shared database is, and this server's connections to it.
type StatsDatabase struct {
	NotificationLagMS        Percentiles `json:"notification_lag_ms"` // of notifications between servers
	DeadRows                 int64       `json:"dead_rows"`
	DeadReadyRows            int64       `json:"dead_ready_rows"` // of the queue's table
	OldestTransactionSeconds float64     `json:"oldest_transaction_seconds"`
	Connections              int64       `json:"connections"`
	BusyConnections          int64       `json:"busy_connections"`
	MaxConnections           int64       `json:"max_connections"`
}
