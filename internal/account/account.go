// Package account has the words about who calls: owners, their API keys,
// plans and usage. It does no input or output; keys are made and checked in
// package auth, quotas are applied in package queue.
package account

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/fault"
)

// The scopes a key can have.
const (
	ScopeRead   = "read"   // GET and HEAD
	ScopeSubmit = "submit" // everything else a client does
	ScopeWork   = "work"   // the pull-worker calls, and nothing else
	ScopeAdmin  = "admin"  // what is below /admin, and nothing else
)

// A Plan is what an owner may use. In every limit 0 means none.
type Plan struct {
	Name              string
	StatusPerMinute   int64
	SubmitPerMinute   int64
	JobsPerMonth      int64
	MaxInputBytes     int64
	MaxOutputBytes    int64
	MaxRunningJobs    int64
	MaxQueuedJobs     int64
	MaxPendingUploads int64
	MaxStoredBytes    int64
	MaxHeld           int64         // requests that wait at once: long polls, claims and event streams
	Weight            int64         // jobs begun in one turn of the queue; 0 means 1
	RetentionInput    time.Duration // how long inputs are kept after the end of their jobs; 0: as long as the jobs
	Retention         time.Duration // how long jobs and outputs are kept after their end; 0 means the server's retention
}

// CheckPlan refuses the name of a plan that is not among those that there are; an
// empty one names none.
func CheckPlan(name string, plans map[string]Plan) error {
	if _, ok := plans[name]; ok || name == "" {
		return nil
	}
	names := slices.Sorted(maps.Keys(plans))
	return fault.New(fault.Invalid, "INVALID_PLAN", "there is no plan %q; the plans are %s", name, strings.Join(names, ", "))
}

// A Key is an API key without its secret: only the digest is kept.
type Key struct {
	ID      string // key_ and 16 lower-case hexadecimal digits; names the key to operators
	Digest  [32]byte
	Owner   string
	Plan    string // the owner's plan
	Name    string // the operator's note
	Scopes  []string
	Tools   []string       // the only tools that it is for, none: all; a work key claims these
	From    []netip.Prefix // the only networks that it is taken from; none: all
	Created time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: not revoked; in the future: until then (rotation)
}

// Valid reports whether the key may be used at a time.
func (k *Key) Valid(now time.Time) bool {
	return (k.Expires.IsZero() || now.Before(k.Expires)) && (k.Revoked.IsZero() || now.Before(k.Revoked))
}

// Has reports whether the key has a scope.
func (k *Key) Has(scope string) bool { return slices.Contains(k.Scopes, scope) }

// MayCall reports whether the key is for a tool; what may be done there is for
// its scopes to say. A key that names no tools is for all.
func (k *Key) MayCall(tool string) bool { return len(k.Tools) == 0 || slices.Contains(k.Tools, tool) }

// Usage counts an owner's accepted work in one month.
type Usage struct {
	Jobs        int64 // charged and not given back
	LostRefunds int64 // jobs given back because their workers died
}

// Counts is what an owner has at this moment.
type Counts struct {
	Queued      int64 // jobs waiting
	Running     int64 // jobs under a lease
	StoredBytes int64 // inputs, outputs and uploads kept

	PendingUploads int64 // begun and not finished
}

// A ToolCount is how many unfinished jobs of one owner and tool there are.
type ToolCount struct {
	Owner   string
	Tool    string
	Queued  int64
	Running int64
}

// A Secret is a signing secret of the installation.
type Secret struct {
	ID      string // appears in signatures; 8 hexadecimal digits
	Bytes   []byte // 32 random bytes
	Created time.Time
	Retired time.Time // zero for the one that signs; the others only verify
}

// MonthOf returns the UTC month of t as year*12 + month-1.
func MonthOf(t time.Time) int {
	u := t.UTC()
	return u.Year()*12 + int(u.Month()) - 1
}

// MonthStart returns the first instant of a month made by [MonthOf].
func MonthStart(month int) time.Time {
	return time.Date(month/12, time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC)
}

var ownerForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// CheckOwner refuses a name that cannot be an owner's.
func CheckOwner(name string) error {
	if !ownerForm.MatchString(name) {
		return fault.New(fault.Invalid, "INVALID_OWNER",
			"owner must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
	}
	return nil
}

// An AuditRow tells of one change that an operator made, or was about to make.
type AuditRow struct {
	N         int64     // grows from row to row; the store's
	At        time.Time // the store's
	Key       string    // the ID of the admin key, or ByCommand
	Owner     string    // whose key it is; empty of commands
	Action    string    // a noun and a verb, for instance keys.revoke
	Target    string    // what was changed: a key's ID, a tool's name; at most MaxAuditTarget characters
	RequestID string    // empty of commands
}

// ByCommand stands in an [AuditRow] in place of a key's ID where the change was
// ordered by one of the operator's commands.
const ByCommand = "command"

// MaxAuditTarget is how many characters of a target an [AuditRow] has.
const MaxAuditTarget = 1000
