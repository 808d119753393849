package protocol

import (
	"context"
	"slices"
	"sync"

	"claimcheck/internal/account"
)

// A Mark is a moment in a store's own words. The zero Mark is before everything.
type Mark string

// A Backlog is how many unfinished jobs owners have of tools.
type Backlog struct {
	// Counts are those that may have changed since the mark that was asked for,
	// with zeros where there is none any more; or all that are not zero.
	Counts []account.ToolCount
	All    bool // what is not in Counts is zero
	Next   Mark // to ask with the next time
}

// Counts puts together what a store tells of its backlog. It is safe for
// concurrent use; the zero value knows nothing yet.
type Counts struct {
	mu   sync.Mutex // guards the fields below
	mark Mark
	all  []account.ToolCount // not zero; never changed once it was returned
}

// Look asks for what has changed since the last time, and returns all unfinished
// jobs by owner and tool. The list is not to be changed.
func (c *Counts) Look(ctx context.Context, s Lines) ([]account.ToolCount, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, err := s.Backlog(ctx, c.mark)
	if err != nil {
		return nil, err
	}
	c.mark = b.Next
	if b.All {
		c.all = b.Counts
	} else if len(b.Counts) > 0 {
		c.all = c.with(b.Counts)
	}
	return c.all, nil
}

// with returns the list with what has changed.
func (c *Counts) with(changed []account.ToolCount) []account.ToolCount {
	is := make(map[Line]account.ToolCount, len(changed))
	for _, n := range changed {
		is[Line{n.Owner, n.Tool}] = n
	}
	all := slices.DeleteFunc(slices.Clone(c.all), func(n account.ToolCount) bool {
		_, differs := is[Line{n.Owner, n.Tool}]
		return differs
	})
	for _, n := range is {
		if n.Queued != 0 || n.Running != 0 {
			all = append(all, n)
		}
	}
	return all
}
