package queue_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// A game plays random life on a queue and knows what must hold: limits are kept,
// and nothing waits that might run.
type game struct {
	*bench

	rnd     *rand.Rand
	waiting map[job.ID]job.Job
	running map[job.ID]queue.Claimed
	done    map[job.ID]int
}

const (
	gameOwners  = 5
	gameMost    = 3 // of each owner
	gameTools   = 4 // t0 without a limit, t1 one at once, t2 two, t3 for remote programs, three
	gameSteps   = 150
	pulledTool  = "t3"
	gameWorkers = 100
)

func limitOfTool(tool string) int {
	return map[string]int{"t0": gameWorkers, "t1": 1, "t2": 2, pulledTool: 3}[tool]
}

func (g *game) count(of func(queue.Claimed) bool) (n int) {
	for _, c := range g.running {
		if of(c) {
			n++
		}
	}
	return n
}

// room reports whether limits let a job begin.
func (g *game) room(owner, tool string) bool {
	return g.count(func(c queue.Claimed) bool { return c.Job.Owner == owner }) < gameMost &&
		g.count(func(c queue.Claimed) bool { return c.Job.Tool == tool }) < limitOfTool(tool)
}

func (g *game) take(got []queue.Claimed, err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
	for _, c := range got {
		if !g.room(c.Job.Owner, c.Job.Tool) {
			g.t.Fatalf("a job of %s and %s began beyond a limit", c.Job.Owner, c.Job.Tool)
		}
		if _, ok := g.waiting[c.Job.ID]; !ok {
			g.t.Fatalf("a job began that does not wait")
		}
		delete(g.waiting, c.Job.ID)
		g.running[c.Job.ID] = c
	}
}

// settleDown claims all that may run and checks that nothing is left.
func (g *game) settleDown() {
	g.t.Helper()
	g.take(g.q.Claim(g.t.Context(), gameWorkers))
	g.take(g.q.ClaimFor(g.t.Context(), queue.PullWorker("k", "w"), []string{pulledTool}, gameWorkers))
	g.take(g.q.Claim(g.t.Context(), gameWorkers)) // an owner's slot may be free now that pulled jobs took none
	for _, j := range g.waiting {
		if g.room(j.Owner, j.Tool) {
			g.t.Fatalf("a job of %s and %s waits though nothing is in its way; %d wait, %d run", j.Owner, j.Tool, len(g.waiting), len(g.running))
		}
	}
}

func (g *game) someRunning() (queue.Claimed, bool) {
	for _, c := range g.running {
		return c, true
	}
	return queue.Claimed{}, false
}

func (g *game) step() {
	ctx := g.t.Context()
	switch g.rnd.IntN(10) {
	case 0, 1, 2, 3:
		for range 1 + g.rnd.IntN(12) {
			j := g.submit(fmt.Sprintf("owner-%d", g.rnd.IntN(gameOwners)), of(fmt.Sprintf("t%d", g.rnd.IntN(gameTools))),
				prioritized(g.rnd.IntN(3)), planned(g.plans["default"]), func(s *queue.Spec) { s.InputSize = 1 << g.rnd.IntN(30) })
			g.waiting[j.ID] = j
		}
	case 4, 5, 6, 7:
		if c, ok := g.someRunning(); ok {
			_, err := g.q.Finish(ctx, c, success())
			g.ended(c, err)
		}
	case 8:
		if c, ok := g.someRunning(); ok {
			_, err := g.q.Fail(ctx, c, fault.New(fault.Invalid, "BAD", "Bad."))
			g.ended(c, err)
		}
	case 9:
		if c, ok := g.someRunning(); ok {
			if err := g.q.Release(ctx, c); err != nil {
				g.t.Fatal(err)
			}
			delete(g.running, c.Job.ID)
			g.waiting[c.Job.ID] = c.Job
		}
	}
	if g.rnd.IntN(3) == 0 {
		g.take(g.q.Claim(ctx, 1+g.rnd.IntN(3)))
	}
	if g.rnd.IntN(5) == 0 {
		g.settleDown()
	}
	if g.rnd.IntN(40) == 0 {
		if err := g.q.Reload(ctx); err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g *game) ended(c queue.Claimed, err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
	delete(g.running, c.Job.ID)
	g.done[c.Job.ID]++
}

func newGame(t *testing.T, seed uint64) *game {
	t.Helper()
	g := &game{
		bench: newBench(t), rnd: rand.New(rand.NewPCG(seed, 1)), waiting: map[job.ID]job.Job{}, running: map[job.ID]queue.Claimed{}, done: map[job.ID]int{},
	}
	g.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: gameMost, Weight: int64(1 + seed%3)}
	for i := range gameTools {
		name := fmt.Sprintf("t%d", i)
		g.rule(name, queue.ToolRules{MaxRunning: int64(limitOfTool(name)), Pull: name == pulledTool})
	}
	g.q = g.restart()
	return g
}

// TestNothingWaitsThatMightRun is about lost wake-ups: after any history every
// job that limits allow can be claimed at once.
func TestNothingWaitsThatMightRun(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			g := newGame(t, seed)
			for range gameSteps {
				g.step()
			}
			for len(g.waiting)+len(g.running) > 0 {
				g.settleDown()
				for _, c := range g.running {
					_, err := g.q.Finish(t.Context(), c, success())
					g.ended(c, err)
				}
			}
			for id, n := range g.done {
				if n != 1 {
					t.Errorf("job %s ended %d times", id, n)
				}
			}
			g.q = g.restart()
			g.wantNothingToClaim()
		})
	}
}

// TestTwoServersShareOneStore: both claim from it; limits hold over both, each
// job is run once, and none is forgotten for longer than the next look.
func TestTwoServersShareOneStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame(t, 7)
		servers := []*queue.Queue{g.q, g.other("second")}
		for _, q := range servers {
			stop := g.run(q)
			defer stop()
		}
		for i := range 200 { // by one server: two sources of ids in one process may clash
			j := g.submit(fmt.Sprintf("owner-%d", i%gameOwners), of(fmt.Sprintf("t%d", i%3)), planned(g.plans["default"]))
			g.waiting[j.ID] = j
		}
		began := time.Now()
		by := map[job.ID]*queue.Queue{}
		for len(g.waiting)+len(g.running) > 0 {
			if time.Since(began) > 10*time.Minute {
				t.Fatalf("%d jobs wait and %d run after %s", len(g.waiting), len(g.running), time.Since(began))
			}
			for _, q := range servers {
				got, err := q.Claim(t.Context(), 2)
				g.take(got, err)
				for _, c := range got {
					by[c.Job.ID] = q
				}
			}
			<-time.After(time.Second)
			for id, c := range g.running {
				_, err := by[id].Finish(t.Context(), c, success())
				g.ended(c, err)
			}
		}
		t.Logf("200 jobs in %s", time.Since(began))
	})
}
