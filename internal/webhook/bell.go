package webhook

// A Bell lets the store wake a Sender which is made after it. It is safe for
// concurrent use.
type Bell chan struct{}

// NewBell returns a bell.
func NewBell() Bell { return make(Bell, 1) }

// Ring lets the sender look into the outbox now. It never blocks.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default: // it will look anyhow
	}
}
