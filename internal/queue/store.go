package queue

import "claimcheck/internal/store/protocol"

// A Store is what a queue needs of a store.
type Store = protocol.Store
