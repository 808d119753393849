package sched

import (
	"testing"
	"time"
)

func TestRoundsBeforeAJobAtATargetThatFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		pace              pace
		ahead, most, want int64
	}{
		{"full speed", pace{}, 100, 4, 0},
		{"first after a pause", pace{speed: 1}, 0, 4, 0},
		{"second", pace{speed: 1}, 1, 4, 1},
		{"third", pace{speed: 1}, 2, 4, 1},
		{"fourth", pace{speed: 1}, 3, 4, 2},
		{"eighth: four at once", pace{speed: 1}, 7, 4, 3},
		{"the first one runs", pace{speed: 1, running: 1}, 0, 4, 1},
		{"two may run, one does", pace{speed: 2, running: 1}, 0, 4, 0},
		{"one worker", pace{speed: 1}, 10, 1, 10},
		{"many behind", pace{speed: 1}, 1 << 40, 64, 1 << 34},
		{"more run than may", pace{speed: 1, running: 5}, 0, 4, 1},
		{"no limit known", pace{speed: 1}, 1, 0, 1},
	} {
		got := c.pace.rounds(c.ahead, c.most)
		if got != c.want && (c.want < 1000 || got < c.want || got > c.want+10) {
			t.Errorf("%s: %d rounds, want %d", c.name, got, c.want)
		}
	}
}

// TestAPaceIsWhatTheBreakerLetsBegin plays the breaker itself.
func TestAPaceIsWhatTheBreakerLetsBegin(t *testing.T) {
	t.Parallel()
	var b breaker
	now := time.Unix(1000, 0)
	for range breakAfter {
		b.begin("ann", now)
		b.failed("ann", now, 20*time.Second)
		b.end("ann")
	}
	if p := b.pace("ann", now); p.pause != 20*time.Second || p.speed != 1 || p.failed != breakAfter || p.probed {
		t.Errorf("after five failures: %+v", p)
	}
	if p := b.pace("bob", now); p != (pace{probes: true}) {
		t.Errorf("the other owner's pace is %+v", p)
	}
	now = now.Add(20 * time.Second)
	p := b.pace("ann", now)
	const most = 8
	begun := int64(0)
	for round := range int64(6) {
		room := b.room("ann", most, now)
		for i := range room {
			if got := p.rounds(begun+i, most); got != round {
				t.Errorf("job %d begins in round %d; forecast %d", begun+i, round, got)
			}
			b.begin("ann", now)
		}
		for range room {
			b.end("ann")
			b.worked("ann", now)
		}
		begun += room
	}
	b.failed("ann", now, 0)
	for range breakAfter {
		b.failed("bob", now, 30*time.Second)
	}
	if p := b.pace("ann", now); !p.probed || p.probes || p.pause != 30*time.Second {
		t.Errorf("the target fails everybody: %+v", p)
	}
	if p := b.pace("cid", now); !p.probed || p.pause != 30*time.Second {
		t.Errorf("it asked everybody to wait: %+v", p)
	}
}
