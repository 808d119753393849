package api

// Group is how an owner's jobs stand that were handed in with the same x-group.
type Group struct {
	Group            string      `json:"group"`
	Jobs             GroupJobs   `json:"jobs"`
	Total            int64       `json:"total"` // all of them
	Closed           bool        `json:"closed"`
	Done             bool        `json:"done"` // all have ended; unless it is closed, more may come
	FirstError       *GroupError `json:"first_error,omitempty"`
	EstimatedSeconds *int64      `json:"estimated_seconds,omitempty"` // until all that it has are over, about
	CreatedAt        int64       `json:"created_at"`
	UpdatedAt        int64       `json:"updated_at"`
	RetryAfter       int64       `json:"retry_after,omitempty"` // there until it is closed and done
}

// GroupJobs is how many jobs a group has had, by status. Those that were removed after
// their end count as they ended, those that were removed before it do not.
type GroupJobs struct {
	Queued     int64 `json:"queued"`
	Processing int64 `json:"processing"`
	Success    int64 `json:"success"`
	Failed     int64 `json:"failed"`
}

// GroupError is what the first job of a group failed with that failed.
type GroupError struct {
	JobID string `json:"job_id"`
	JobError
}

// GroupList is a page of the owner's groups, newest first.
type GroupList struct {
	Groups     []Group `json:"groups"`
	NextCursor *string `json:"next_cursor"` // nil on the last page
}
