package cluster_test

import (
	"fmt"
	"syscall"
	"time"

	"claimcheck/internal/pgproc"
)

// A deed breaks one part; what begin returns mends it, nil if it mends itself.
type deed struct {
	name  string
	part  string // deeds to the same part are not done together
	begin func() (end func())
	end   func()
	rare  bool // done less often, because it takes long
}

const (
	theDatabase = "database"
	theTools    = "tools"
)

// deeds is the one list of what is done.
func (c *chaos) deeds() []deed {
	return []deed{
		{name: "server killed", part: "process", begin: func() func() { return c.kill(c.r.IntN(apiServers)) }},
		{name: "worker killed", part: "process", begin: func() func() { return c.kill(apiServers + c.r.IntN(workers)) }},
		{name: "all workers killed", part: "process", begin: c.killWorkers},
		{name: "server restarted", part: "process", begin: func() func() { return c.restart(c.r.IntN(apiServers)) }},
		{name: "worker restarted", part: "process", begin: func() func() { return c.restart(apiServers + c.r.IntN(workers)) }},
		{name: "server or worker stopped longer than a lease", part: "process", begin: c.standStill},
		{name: "connections cut", part: "way", begin: c.cut},
		{name: "cut off from the database", part: "way", begin: c.cutOff},
		{name: "network silent", part: "way", begin: c.silence},
		{name: "database killed", part: theDatabase, begin: c.killDatabase},
		{name: "primary lost, copy promoted", part: theDatabase, begin: c.failOver},
		{name: "long transaction", part: theDatabase, begin: c.longTransaction},
		{name: "disk full", part: theDatabase, begin: c.fillDisk},
		{name: "copy away", part: theDatabase, begin: c.copyAway},
		{name: "copy stopped, then promoted", part: theDatabase, begin: c.copyStopped},
		{name: "answers of commits and looks lost, late or cut", part: "way", begin: c.mumble},
		{name: "database's clock set", part: "clock", begin: c.setClock},
		{name: "database away for longer", part: theDatabase, begin: c.outage, rare: true},
		{name: "tool forgotten", part: theTools, begin: c.forgetTool},
	}
}

func (c *chaos) kill(i int) func() {
	c.server(i).Kill()
	return func() { c.startServer(i) }
}

func (c *chaos) killWorkers() func() {
	for i := apiServers; i < len(c.servers); i++ {
		c.server(i).Kill()
	}
	return func() {
		for i := apiServers; i < len(c.servers); i++ {
			c.startServer(i)
		}
	}
}

func (c *chaos) restart(i int) func() {
	c.server(i).Terminate()
	return func() {
		c.server(i).Wait()
		c.startServer(i)
	}
}

func (c *chaos) standStill() func() {
	s := c.server(c.r.IntN(len(c.servers)))
	if err := s.Signal(syscall.SIGSTOP); err != nil {
		c.t.Error(err)
	}
	pause(time.Duration(2000+c.r.IntN(3000)) * time.Millisecond)
	return func() { _ = s.Signal(syscall.SIGCONT) }
}

func (c *chaos) cut() func() {
	g := c.gates[c.r.IntN(len(c.gates))]
	for _, way := range g.ways {
		way.Cut()
	}
	return nil
}

func (c *chaos) cutOff() func() {
	g := c.gates[c.r.IntN(len(c.gates))]
	for _, way := range g.ways {
		way.Refuse(true)
		way.Cut()
	}
	return func() {
		for _, way := range g.ways {
			way.Refuse(false)
		}
	}
}

func (c *chaos) silence() func() {
	g := c.gates[c.r.IntN(len(c.gates))]
	for _, way := range g.ways {
		way.Stall()
	}
	return func() {
		for _, way := range g.ways {
			way.Go()
		}
	}
}

func (c *chaos) killDatabase() func() {
	if c.r.IntN(2) == 0 {
		c.primary.Kill()
	} else {
		c.primary.KillHard()
	}
	return c.primary.Restart
}

// outage takes the database away for longer than leases last and than anybody
// waits for it by himself: up to a sixth of the chaos, at most five minutes.
func (c *chaos) outage() func() {
	c.primary.KillHard()
	most := min(5*time.Minute, c.span/6)
	d := time.Second + time.Duration(c.r.Int64N(int64(most)))
	c.longest = max(c.longest, d)
	pause(d)
	return c.primary.Restart
}

// setClock sets the clock of the database that takes writes; the copy's stays as
// it is, so that after its promotion the clock is another one. The month stays:
// quotas go by it.
func (c *chaos) setClock() func() {
	steps := []time.Duration{-90 * time.Minute, -5 * time.Minute, -10 * time.Second, 10 * time.Second, 5 * time.Minute, 2 * time.Hour}
	by := steps[c.r.IntN(len(steps))]
	total := c.clocks[c.primary.Port] + by
	if now := time.Now().UTC(); now.Add(total).Month() != now.Month() || now.Add(total+by).Month() != now.Month() {
		return nil
	}
	if _, err := c.primary.Try("chaos", stepOf(fmt.Sprintf("%d seconds", int(by.Seconds())))); err == nil { // it may be away
		c.clocks[c.primary.Port] = total
	}
	return nil
}

// failOver loses the primary for good: the copy becomes the primary and gets a copy
// of its own, on the lost one's port.
func (c *chaos) failOver() func() {
	c.primary.KillHard()
	return func() {
		port := c.primary.Port
		c.primary.Discard()
		c.standby.Revive() // a full disk may have ended it after its last deed
		c.standby.Promote()
		c.primary = c.standby
		c.standby = pgproc.Start(c.t, pgproc.Options{Parent: c.room.folder("next"), Standby: c.primary, Port: port})
		c.synchronous()
	}
}

// longTransaction pins old versions of all rows for a while.
func (c *chaos) longTransaction() func() {
	ended := make(chan struct{})
	db := c.primary
	go func() {
		defer close(ended)
		_, _ = db.Try("chaos", "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM claimcheck.ready; SELECT pg_sleep(3); COMMIT") // it may be killed
	}()
	return func() { <-ended }
}

// fillDisk leaves no room for the databases and the files, which are on one
// disk.
func (c *chaos) fillDisk() func() {
	if !c.room.fill() {
		return nil
	}
	return func() {
		c.room.empty()
		for _, db := range []*pgproc.Cluster{c.primary, c.standby} {
			db.Revive()
		}
	}
}
