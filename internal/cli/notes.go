package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"claimcheck/internal/foreign"
)

// shortPause is a pause of which nothing is told.
const shortPause = 2 * time.Second

// notes tell on a terminal why a command does nothing for a while. Nil tells nothing.
// They are safe for concurrent use.
type notes struct {
	mu sync.Mutex // guards the field below
	to io.Writer
}

// onto has them told there from now on.
func (n *notes) onto(w io.Writer) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.to = w
}

// pause tells that the client pauses, and why.
func (n *notes) pause(err error, pause time.Duration) {
	if n == nil || pause < shortPause {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = fmt.Fprintf(n.to, "claimcheck: %v; going on in %s\n", foreign.Text(reason(err)), pause.Round(time.Second)) // whoever is at the terminal sees that it is gone
}
