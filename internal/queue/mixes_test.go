package queue_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// mixesVar is how many mixes TestHintsOverManyMixes looks at.
const mixesVar = "CLAIMCHECK_TEST_MIXES"

// TestHintsOverManyMixes compares, on fresh servers with jobs of one to four
// lengths at once, a client that obeys the hint with one that asks every two
// seconds, and prints in how many mixes it asks no more often, and in how many it
// notices the end sooner. The hints save most polls where jobs wait long, and
// notice their ends later there.
func TestHintsOverManyMixes(t *testing.T) {
	lengths := []float64{0.05, 0.1, 0.3, 0.5, 1, 1.5, 2, 3, 5, 7, 10, 20, 40}
	mixes := 40
	if n, err := strconv.Atoi(os.Getenv(mixesVar)); err == nil { //nolint:forbidigo // of the test, not of the program
		mixes = n
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same mixes each time
	var fewer, sooner, both int
	var all polled
	for range mixes {
		few := make([]time.Duration, 1+random.IntN(4))
		for i := range few {
			few[i] = time.Duration(lengths[random.IntN(len(lengths))] * float64(time.Second))
		}
		w := workload{workers: 1 + random.IntN(8), takes: make([]time.Duration, 1+random.IntN(40))}
		for i := range w.takes {
			w.takes[i] = few[random.IntN(len(few))]
		}
		r := sum(w.polls(t))
		if r.polls <= r.fixedPolls {
			fewer++
		}
		if r.late < r.fixedLate {
			sooner++
		}
		if r.polls <= r.fixedPolls && r.late < r.fixedLate {
			both++
		} else if testing.Verbose() {
			t.Log(len(w.takes), "jobs of", few, w.workers, "workers:", r)
		}
		all.polls, all.fixedPolls = all.polls+r.polls, all.fixedPolls+r.fixedPolls
		all.late, all.fixedLate = all.late+r.late/time.Duration(mixes), all.fixedLate+r.fixedLate/time.Duration(mixes)
	}
	of := func(n int) string { return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(mixes)) }
	t.Logf("%d mixes: not more polls in %s, sooner in %s, both in %s; all together %s", mixes, of(fewer), of(sooner), of(both), all)
	if 2*all.polls > all.fixedPolls {
		t.Error("over all, the hints cost more than half as many polls as two seconds")
	}
	if 4*fewer < 3*mixes {
		t.Error("in more than a quarter of the mixes the hints cost more polls than two seconds")
	}
	if all.late > 2*all.fixedLate {
		t.Error("over all, the end is noticed more than twice as late as with two seconds")
	}
}
