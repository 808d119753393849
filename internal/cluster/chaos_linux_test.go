package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// How the chaos is laid out.
const (
	apiServers = 3
	workers    = 3
	plainChaos = 12 * time.Second // without CLAIMCHECK_TEST_CHAOS
	monthly    = 300              // jobs that the plan small allows
	shortLease = "2s"
	rarely     = 4 // a rare deed is done once in so many times that it comes up
)

func chaosTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("CLAIMCHECK_TEST_CHAOS") //nolint:forbidigo // tests have no configuration but their environment
	if text == "" {
		return plainChaos
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("CLAIMCHECK_TEST_CHAOS is %q, want a duration", text)
	}
	return d
}

// TestChaos lets clients hand in work, cancel it and ask for it at three servers
// while these, three workers and the database are killed, stopped, cut off,
// restarted, left without the copy, replaced by it, and run out of room, and answers
// of commits are lost. In the end every
// accepted piece of work has one outcome and the right one, every answer is
// explained by one history, the quota is exact, the feed has told of each end once, and
// no file is left over.
func TestChaos(t *testing.T) {
	span := chaosTime(t)
	seed := rand.Uint64()
	t.Logf("%s, seed %d", span, seed)
	c := newChaos(t, span, rand.New(rand.NewPCG(seed, 0)))
	l := newLoad(c, seed)
	f := l.follow()
	l.start()
	c.rage(span)
	c.mend()
	l.stop()
	l.settle()
	l.check()
	f.check()
	c.checkFiles()
	c.report(l)
}

// A chaos is a town whose parts are broken and mended.
type chaos struct {
	*town

	r       *rand.Rand
	span    time.Duration
	longest time.Duration // that the database was away
	room    *room
	primary *pgproc.Cluster
	standby *pgproc.Cluster
	gates   []*gate // one for each server, in front of both databases
	data    []string
	configs []string              // of each server
	mirror  string                // address of the endpoint behind mirrorTool
	clocks  map[int]time.Duration // by how much the clocks of databases were set, by port
	done    map[string]int        // how often each deed was done

	mu      sync.Mutex // guards the field below
	servers []*serverproc.Server
}

// A gate is one server's way to the two databases.
type gate struct {
	ways [2]*pgproc.Proxy
	url  string
}

func newChaos(t *testing.T, span time.Duration, r *rand.Rand) *chaos {
	t.Helper()
	c := &chaos{town: &town{t: t}, r: r, span: span, mirror: startMirror(t), done: map[string]int{}, clocks: map[int]time.Duration{}, room: newRoom(t)}
	settings := map[string]string{"max_connections": "200", "wal_keep_size": "128MB", "max_wal_size": "192MB", "shared_buffers": "64MB"}
	c.primary = pgproc.Start(t, pgproc.Options{Parent: c.room.folder("one"), Settings: settings})
	c.primary.Exec(t, "postgres", "CREATE DATABASE chaos")
	for _, sql := range settable {
		c.primary.Exec(t, "chaos", sql)
	}
	c.standby = pgproc.Start(t, pgproc.Options{Parent: c.room.folder("two"), Standby: c.primary, Settings: settings})
	c.synchronous()
	c.db, c.blobs = c.primary.URL("chaos"), "file://"+c.room.folder("files")+"/blobs"
	for i := range apiServers + workers {
		c.configs = append(c.configs, filepath.Join(t.TempDir(), "claim.yaml"))
		c.writeConfig(i, true)
		c.gates = append(c.gates, c.newGate())
		c.data = append(c.data, serverproc.Folder(t))
		c.servers = append(c.servers, nil)
	}
	for i := range c.servers {
		c.startServer(i)
	}
	return c
}

// newGate makes the ways; an address with both is good for whichever takes
// writes.
func (c *chaos) newGate() *gate {
	g := &gate{}
	var hosts []string
	for i, db := range []*pgproc.Cluster{c.primary, c.standby} {
		p, through := pgproc.NewProxy(c.t, db.URL("chaos"))
		g.ways[i] = p
		host, _, _ := strings.Cut(through[strings.Index(through, "@")+1:], "/")
		hosts = append(hosts, host)
	}
	g.url = "postgres://postgres@" + strings.Join(hosts, ",") + "/chaos?target_session_attrs=read-write"
	return g
}

// synchronous has commits confirmed by the copy, and returns once it has
// confirmed one: what was committed before it is safe, too.
func (c *chaos) synchronous() {
	c.primary.Exec(c.t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
	c.primary.Exec(c.t, "postgres", "SELECT pg_reload_conf()")
	for range 3 { // sessions learn of the setting at the next statement after the signal
		c.primary.Exec(c.t, "postgres", "CREATE TABLE confirmed (); DROP TABLE confirmed")
		pause(50 * time.Millisecond)
	}
}

func (c *chaos) startServer(i int) {
	c.t.Helper()
	roles := "api"
	if i >= apiServers {
		roles = "worker"
	}
	s := serverproc.Start(c.t, serverproc.Options{Data: c.data[i], Args: []string{
		"--store=" + c.gates[i].url, "--blobs=" + c.blobs, "--roles=" + roles, "--lease=" + shortLease, "--max-attempts=100", "--config=" + c.configs[i],
		"--shutdown-timeout=5s", "--workers=3",
	}})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = s
}

func (c *chaos) server(i int) *serverproc.Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.servers[i]
}

// someAPI is a caller of one of the servers that answer clients.
func (c *chaos) someAPI(r *rand.Rand, key string) *caller {
	return newCaller(c.t, c.server(r.IntN(apiServers)), key)
}

// rage does deeds until the time is over.
func (c *chaos) rage(span time.Duration) {
	all := c.deeds()
	for until := time.Now().Add(span); time.Now().Before(until) && !c.t.Failed(); {
		var begun []deed
		for range 1 + c.r.IntN(3) {
			d := all[c.r.IntN(len(all))]
			if d.rare && c.r.IntN(rarely) > 0 {
				continue
			}
			for _, other := range begun {
				if other.part == d.part {
					d.begin = nil
				}
			}
			if d.begin == nil {
				continue
			}
			c.done[d.name]++
			d.end = d.begin()
			begun = append(begun, d)
		}
		pause(time.Duration(c.r.IntN(2500)+200) * time.Millisecond)
		for _, part := range []string{theDatabase, "way", "process", theTools} { // a process starts only where it finds a database
			for _, d := range begun {
				if d.part == part && d.end != nil {
					d.end()
				}
			}
		}
		pause(time.Duration(c.r.IntN(1500)) * time.Millisecond)
	}
}

func pause(d time.Duration) { <-time.After(d) }

// mend sees to it that everything is there again.
func (c *chaos) mend() {
	for i := range c.servers {
		select {
		case <-c.server(i).Ended():
			c.t.Errorf("server %d ended by itself:\n%s", i, lastLines(c.server(i).Log(), 20))
			c.startServer(i)
		default:
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (c *chaos) report(l *load) {
	var deeds []string
	for _, d := range c.deeds() {
		deeds = append(deeds, fmt.Sprintf("%s %d", d.name, c.done[d.name]))
	}
	c.t.Logf("the database was away for up to %s", c.longest.Round(time.Second))
	c.t.Logf("done: %s", strings.Join(deeds, ", "))
	c.t.Logf("%d MB of %d in use at the end", c.room.used()>>20, roomBytes>>20)
	c.t.Log(l.summary())
}
