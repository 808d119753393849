package rig

import (
	"context"
	"time"
)

// A Round is both servers under the same load, one after the other.
type Round struct{ Ours, Other Sample }

// A Target is a server under a load.
type Target struct {
	Server *Process
	Load   Load
}

// run loads the server for a time.
func (t Target) run(ctx context.Context, d time.Duration) (Sample, error) {
	before, err := t.Server.CPU()
	if err != nil {
		return Sample{}, err
	}
	s, err := t.Load.Run(ctx, t.Server.URL, d)
	if err != nil {
		return Sample{}, err
	}
	after, err := t.Server.CPU()
	s.CPU = (after - before) / time.Duration(s.Requests)
	return s, err
}

// Alternate loads two servers in turns. What the first second of each shows is
// not counted.
func (b *Rig) Alternate(ctx context.Context, ours, other Target) ([]Round, error) {
	for _, t := range []Target{ours, other} {
		if _, err := t.run(ctx, time.Second); err != nil {
			return nil, err
		}
	}
	rounds := make([]Round, b.Rounds)
	for i := range rounds {
		var err error
		if rounds[i].Ours, err = ours.run(ctx, b.Round); err != nil {
			return nil, err
		}
		if rounds[i].Other, err = other.run(ctx, b.Round); err != nil {
			return nil, err
		}
		b.Say("  round %d: %.0f/s and %.0f/s", i+1, rounds[i].Ours.PerSecond, rounds[i].Other.PerSecond)
	}
	return rounds, nil
}
