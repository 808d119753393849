package queue

import "claimcheck/internal/store/protocol"

// Store is what a queue needs of a store.
type Store interface { //nolint:interfacebloat // a join of parts, of each of which something is needed
	protocol.Core
	protocol.Lines
	protocol.Words
	protocol.Timers
	protocol.Notes
	protocol.Owners
	protocol.BulkJobs
	protocol.Hints
	// Peers is how servers that share the store know of each other; nil if no
	// other process uses it.
	Peers() protocol.Peers
}
