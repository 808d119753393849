package protocol

import "context"

// A Store keeps jobs. It decides nothing: what may change is decided by the
// functions inside [Submission] and [Change], which it calls in its
// transaction. Every method is safe for concurrent use. What it promises is what
// its parts say, and nothing that SQL would give beside: see ADR 15.
//
// Kinds of failure common to all: Unavailable with code UNAVAILABLE when the
// store cannot write now and nothing was written; Unavailable with the detail
// outcome=unknown when a commit's answer was lost and could not be found out.
// Nothing that a method wrote is seen by anybody before its commit, and it is
// durable when the method returns nil; every read that begins later sees it.
type Store interface { //nolint:interfacebloat // a join of parts, for who opens one; who asks names the parts
	Core
	Lines
	Words
	Timers
	Uploads
	Notes
	Minutes
	Owners
	Bulks
	BulkJobs
	Groups
	Feeds
	Audit
	Care
	Hints
	Service
}

// Service is a store as something that is there, or is not.
type Service interface {
	// Peers is how servers that share the store know of each other; nil if no
	// other process uses it: then nobody else changes what this one has read.
	Peers() Peers
	// Ping fails with Unavailable when the store would refuse a write now.
	Ping(ctx context.Context) error
	// Close waits for what is being written and closes the store.
	Close() error
}
