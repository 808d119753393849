package pgstore

import "claimcheck/internal/store/protocol"

// Peers are the other servers on the same database.
func (s *Store) Peers() protocol.Peers { return s }
