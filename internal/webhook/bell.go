package webhook

// A Bell is how the store tells the Sender that a call is due. The store is
// opened first and the Sender made with it, so that the store cannot know the
// Sender; both are given the bell. It is safe for concurrent use.
type Bell chan struct{}

// NewBell returns a bell that remembers one ring until the Sender listens.
func NewBell() Bell { return make(Bell, 1) }

// Ring has the Sender look into the outbox at once. It never blocks.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default: // a ring that it has not yet heard will do
	}
}
