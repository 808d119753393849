package sched

import (
	"testing"
	"time"
)

// TestManyGatesAreLookedThroughSeldom: with many allowances in use a new one must not
// have all of them looked at each time.
func TestManyGatesAreLookedThroughSeldom(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	state := &toolState{}
	looks, limit := 0, 0
	for n := range 8 * maxGates {
		g := state.gate(false, time.Duration(n).String(), now)
		g.running = 1
		if state.fullSlotted != limit {
			looks, limit = looks+1, state.fullSlotted
		}
	}
	if looks == 0 || looks > 4 || len(state.slotted) != 8*maxGates {
		t.Errorf("%d gates were looked through %d times, want about once for each doubling", len(state.slotted), looks)
	}
	for _, g := range state.slotted {
		g.running = 0
	}
	for n := range 8 * maxGates { // at the next doubling at the latest those are gone
		state.gate(false, "new "+time.Duration(n).String(), now).running = 1
	}
	if n := len(state.slotted); n != 8*maxGates {
		t.Errorf("%d gates are kept, want those in use, %d", n, 8*maxGates)
	}
}
