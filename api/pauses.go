package api

// Pauses are the tools and owners that are paused: the answer of GET /admin/pauses.
type Pauses struct {
	Tools  []Pause `json:"tools"`  // by name
	Owners []Pause `json:"owners"` // by name
}

// Pause is a tool or an owner whose jobs are not begun. PausedAt is in Unix seconds,
// By the owner of the key with which it was done, or command.
type Pause struct {
	Name     string `json:"name"`
	PausedAt int64  `json:"paused_at"`
	By       string `json:"by"`
}

// PauseSet is the answer to a pause and to its end: the tool or owner, whether it is
// paused now, and whether it was not so before.
type PauseSet struct {
	Name    string `json:"name"`
	Paused  bool   `json:"paused"`
	Changed bool   `json:"changed"`
}

// Purge asks for the end of what waits of a tool; without an owner, of all owners.
type Purge struct {
	Owner  *string `json:"owner,omitempty"`
	DryRun bool    `json:"dry_run,omitempty"`
}

// Purged says how many jobs waited and, unless they were only counted, how many of
// them were ended and how many wait still.
type Purged struct {
	Matched int64  `json:"matched"`
	Ended   *int64 `json:"ended,omitempty"`
	Left    *int64 `json:"left,omitempty"`
}
