package protocol_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/store/protocol"
)

// told is a store that answers with what it is told to.
type told struct {
	protocol.Lines

	asked  []protocol.Mark
	answer protocol.Backlog
	err    error
}

func (s *told) Backlog(_ context.Context, since protocol.Mark) (protocol.Backlog, error) {
	s.asked = append(s.asked, since)
	return s.answer, s.err
}

func TestCountsArePutTogetherFromWhatChanged(t *testing.T) {
	count := func(owner, tool string, queued, running int64) account.ToolCount {
		return account.ToolCount{Owner: owner, Tool: tool, Queued: queued, Running: running}
	}
	ax, ay, bx := count("ann", "x", 1, 0), count("ann", "y", 2, 1), count("bob", "x", 0, 1)
	var c protocol.Counts
	s := &told{}
	for _, step := range []struct {
		name   string
		answer protocol.Backlog
		err    error
		want   []account.ToolCount // in order; nil if the look fails
	}{
		{"all", protocol.Backlog{Counts: []account.ToolCount{ax, bx}, All: true, Next: "1"}, nil, []account.ToolCount{ax, bx}},
		{"nothing has changed", protocol.Backlog{Next: "2"}, nil, []account.ToolCount{ax, bx}},
		{"one is new, one gone", protocol.Backlog{Counts: []account.ToolCount{ay, count("bob", "x", 0, 0)}, Next: "3"}, nil, []account.ToolCount{ax, ay}},
		{"the store is away", protocol.Backlog{}, errors.New("away"), nil},
		{"one is more", protocol.Backlog{Counts: []account.ToolCount{count("ann", "x", 5, 5)}, Next: "4"}, nil, []account.ToolCount{count("ann", "x", 5, 5), ay}},
		{"all again", protocol.Backlog{Counts: []account.ToolCount{bx}, All: true, Next: "5"}, nil, []account.ToolCount{bx}},
		{"the last one ends", protocol.Backlog{Counts: []account.ToolCount{count("bob", "x", 0, 0)}, Next: "6"}, nil, []account.ToolCount{}},
	} {
		s.answer, s.err = step.answer, step.err
		got, err := c.Look(t.Context(), s)
		if !errors.Is(err, step.err) {
			t.Fatalf("%s: %v", step.name, err)
		}
		got = slices.Clone(got)
		slices.SortFunc(got, func(a, b account.ToolCount) int {
			return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Tool, b.Tool))
		})
		if !slices.Equal(got, step.want) {
			t.Errorf("%s: got %v, want %v", step.name, got, step.want)
		}
	}
	if want := []protocol.Mark{"", "1", "2", "3", "3", "4", "5"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked since %q, want %q", s.asked, want)
	}
}
