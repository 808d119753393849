package cluster_test

import (
	"math/rand/v2"
	"sync"
	"time"

	"claimcheck/internal/pgproc"
)

// aLook is a part of the statement that asks whether a commit happened.
const aLook = "commits AS c"

// copyAway takes the copy that has to confirm commits away for a while, at times
// for longer than anybody waits for a commit.
func (c *chaos) copyAway() func() {
	c.standby.Revive() // a full disk may have ended it
	attach := c.standby.Detach()
	c.withoutCopy()
	return attach
}

// copyStopped does the same, and then the primary is lost for good: what it alone
// had is gone.
func (c *chaos) copyStopped() func() {
	c.standby.Revive()
	c.standby.Detach()
	c.withoutCopy()
	return c.failOver()
}

func (c *chaos) withoutCopy() {
	pause(min(time.Duration(c.r.IntN(12_000))*time.Millisecond, c.span/4))
}

// mumble has a server's lines lose, delay and cut the answers of commits and of the
// questions whether they happened, and some of these themselves.
func (c *chaos) mumble() func() {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(c.r.Uint64(), 0)) // the lines are many
	fate := func() pgproc.Fate {
		mu.Lock()
		defer mu.Unlock()
		fates := []pgproc.Fate{
			pgproc.LoseCommit, pgproc.LoseCommit, pgproc.CutAnswer, pgproc.CutAnswer, pgproc.LoseAnswer, pgproc.AnswerLate, pgproc.AnswerVeryLate,
		}
		return append(fates, make([]pgproc.Fate, len(fates))...)[r.IntN(2*len(fates))] // half of them pass
	}
	set := func(g *gate, fate func() pgproc.Fate) {
		for _, way := range g.ways {
			way.OnCommit(fate)
			way.On(aLook, fate)
		}
	}
	g := c.gates[c.r.IntN(len(c.gates))]
	set(g, fate)
	pause(time.Duration(c.r.IntN(3000)) * time.Millisecond)
	return func() { set(g, nil) }
}
