package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/meter"
	"claimcheck/internal/queue"
)

// TestAValueWhoseAllowanceIsUsedUpHoldsBackNoOther: however many jobs of it are before
// them, of the same owner or of another.
func TestAValueWhoseAllowanceIsUsedUpHoldsBackNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "2/s", "metadata.customer")})
		for range 1000 {
			b.submit("ann", with(`{"customer":"big"}`))
		}
		q := b.restart() // it learns of them from the store
		for range 5 {
			b.submit("ann", with(`{"customer":"small"}`))
			b.submit("ann", with(`{"other":"small"}`))
			b.submit("ann")
		}
		b.submit("bob", with(`{"customer":"big"}`))
		defer b.run(q)()
		r := &runner{b: b, q: q, room: 4}
		r.run(10 * time.Second)
		n := r.count(metadataOf)
		if big := n[`{"customer":"big"}`]; n[`{"customer":"small"}`] != 5 || n[`{"other":"small"}`]+n[""] != 10 || big < 19 || big > 22 {
			t.Errorf("begun: %v", n)
		}
		if r.count(ownerOf)["bob"] != 1 {
			t.Error("bob, who has the same customer, had no turn")
		}
		if r.asked > 1000 {
			t.Errorf("asked for jobs %d times", r.asked)
		}
	})
}

func TestSoManyAtOnceOfAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: &meter.Limits{Most: 1, SlotsBy: "metadata.document"}})
		for range 400 {
			b.submit("ann", with(`{"document":"a"}`))
		}
		for range 2 {
			b.submit("ann", with(`{"document":"b"}`))
			b.submit("bob", with(`{"document":"a"}`))
			b.submit("bob")
		}
		second := b.other("second")
		r := &runner{b: b, q: second, room: 10, keep: true}
		r.run(time.Second)
		first := &runner{b: b, q: b.q, room: 10, keep: true}
		first.run(time.Second)
		all := append(r.begun, first.begun...)
		got := map[string]int{}
		for i := range all {
			got[metadataOf(&all[i].Job)]++
		}
		if len(all) != 3 || got[`{"document":"a"}`] != 1 || got[`{"document":"b"}`] != 1 || got[""] != 1 {
			t.Fatalf("begun: %v", got)
		}
		for i := range 200 { // one ends, the next one of its document begins
			c := r.begun[i]
			if _, err := second.Finish(t.Context(), c, success()); err != nil {
				t.Fatal(err)
			}
			r.run(time.Millisecond)
			if len(r.begun) > i+4 {
				t.Fatalf("%d run at once", len(r.begun)-i-1)
			}
		}
		if n := r.count(metadataOf); n[`{"document":"b"}`] != 2 || n[""] != 2 || r.count(ownerOf)["bob"] != 4 {
			t.Errorf("begun: %v, %v", n, r.count(ownerOf))
		}
		if len(r.begun) < 200 {
			t.Errorf("%d were begun", len(r.begun))
		}
	})
}
