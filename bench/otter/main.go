// Command otter compares package view, which keeps what clients read and makes
// room at random, with the same promises on otter (github.com/maypok86/otter):
// cost of a look-up, hits, and how well memory is kept to. It is a module of its
// own so that nothing of it is in the program's. Run it by itself on a machine
// that does nothing else:
//
//	cd bench/otter && go run .
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"

	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

const (
	jobs       = 200_000
	small      = 200     // bytes of a result
	room       = 1100    // bytes that a small job takes, its own and its result twice, less than one
	smallShare = 20_000  // small jobs that a cache for a tenth of all has room for
	ops        = 2 << 20 // of a measurement of hits
)

// A world is the jobs of a store, read as a store reads them.
type world struct {
	versions []atomic.Int64
	result   func(n int) []byte
	hits     atomic.Int64
	asks     atomic.Int64
}

func newWorld(result func(n int) []byte) *world {
	return &world{versions: make([]atomic.Int64, jobs), result: result}
}

func id(n int) (id job.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(n)*0x9e3779b97f4a7c15) //nolint:gosec // any 64 bits
	binary.BigEndian.PutUint32(id[12:], uint32(n))                  //nolint:gosec // small
	return id
}

func (w *world) job(id job.ID) job.Job {
	n := int(binary.BigEndian.Uint32(id[12:]))
	return job.Job{ID: id, Status: job.Processing, Version: 1 + w.versions[n].Load(), Result: w.result(n)}
}

func (w *world) config(bytes int64) view.Config {
	return view.Config{
		Bytes: bytes, Read: func(_ context.Context, id job.ID) (job.Job, error) { return w.job(id), nil },
		Asked: func(hit bool) {
			if hit {
				w.hits.Add(1)
			}
			w.asks.Add(1)
		},
	}
}

// A maker makes one of the two caches.
type maker struct {
	name string
	make func(view.Config) cache
}

func makers() []maker {
	return []maker{
		{"view", func(c view.Config) cache { return view.New(c) }},
		{"otter", func(c view.Config) cache { return newOtter(c) }},
	}
}

var theResult = make([]byte, small)

func smallResult(int) []byte { return theResult }

func main() {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s, GOMAXPROCS %d\n\t", runtime.Version(), runtime.GOMAXPROCS(0))
	rows := []struct {
		name string
		of   func(maker) string
	}{
		{"look-up of a known version", lookUp},
		{"look-up, one in ten a publication", mixed},
		{"look-up of an unknown job, one kept and one dropped", miss},
		{"hits, Zipf 1.01, room for a tenth", func(m maker) string { return zipf(m, 1.01) }},
		{"hits, Zipf 1.2, room for a tenth", func(m maker) string { return zipf(m, 1.2) }},
		{"hits, polls of jobs that live, room for half of those", func(m maker) string { return polls(m, 2) }},
		{"the same, room for nine in ten", func(m maker) string { return polls(m, 1.11) }},
		{"heap for 32 MiB of small jobs", func(m maker) string { return heap(m, smallResult) }},
		{"heap for 32 MiB of jobs of 0 to 64 KiB", func(m maker) string { return heap(m, largeResult) }},
	}
	for _, m := range makers() {
		fmt.Fprintf(out, "%s\t", m.name)
	}
	for _, r := range rows {
		fmt.Fprintf(out, "\n%s\t", r.name)
		for _, m := range makers() {
			fmt.Fprintf(out, "%s\t", r.of(m))
		}
	}
	fmt.Fprintln(out)
	if out.Flush() != nil {
		os.Exit(1)
	}
}

// measured runs do on all processors.
func measured(do func(n int, r *rand.Rand)) string {
	seed := atomic.Uint64{}
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			r := rand.New(rand.NewPCG(seed.Add(1), 1)) //nolint:gosec // no secret
			for n := 0; p.Next(); n++ {
				do(n, r)
			}
		})
	})
	return fmt.Sprintf("%.0f ns, %d B, %d allocations", float64(r.T.Nanoseconds())/float64(r.N), r.AllocedBytesPerOp(), r.AllocsPerOp())
}

func must(c cache, id job.ID) *view.Snapshot {
	s, err := c.Get(context.Background(), id)
	if err != nil {
		panic(err)
	}
	return s
}

func silent(c view.Config) view.Config { c.Asked = func(bool) {}; return c }

func filled(m maker, n int, bytes int64) (cache, *world) {
	w := newWorld(smallResult)
	c := m.make(silent(w.config(bytes)))
	for i := range n {
		must(c, id(i))
	}
	return c, w
}

func lookUp(m maker) string {
	c, _ := filled(m, 10_000, 1<<30)
	return measured(func(_ int, r *rand.Rand) { must(c, id(r.IntN(10_000))) })
}

func mixed(m maker) string {
	c, w := filled(m, 10_000, 1<<30)
	return measured(func(n int, r *rand.Rand) {
		k := r.IntN(10_000)
		if n%10 != 0 {
			must(c, id(k))
			return
		}
		w.versions[k].Add(1)
		j := w.job(id(k))
		c.Publish(&j)
	})
}

func miss(m maker) string {
	c, _ := filled(m, smallShare, smallShare*room)
	return measured(func(_ int, r *rand.Rand) { must(c, id(r.IntN(jobs))) })
}

func (w *world) share() string {
	return fmt.Sprintf("%.1f %%", 100*float64(w.hits.Load())/float64(w.asks.Load()))
}

func zipf(m maker, s float64) string {
	w := newWorld(smallResult)
	c := m.make(w.config(smallShare * room))
	z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), s, 1, jobs-1) //nolint:gosec // no secret
	for n := range ops {
		if n == ops/2 { // warm
			w.hits.Store(0)
			w.asks.Store(0)
		}
		must(c, id(int(z.Uint64()))) //nolint:gosec // small
	}
	return w.share()
}

// polls is what clients do: of 10,000 jobs that live each is asked for in turn, and after some 20
// polls one ends, is asked for a last time and never again; there is room for a share of them.
func polls(m maker, share float64) string {
	const live, perJob = 10_000, 20
	w := newWorld(smallResult)
	c := m.make(w.config(int64(live * room / share)))
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
	living, next := make([]int, live), live
	for i := range living {
		living[i] = i
	}
	for n := range ops {
		k := r.IntN(live)
		must(c, id(living[k]))
		if n%perJob == 0 {
			w.versions[living[k]].Add(1)
			j := w.job(id(living[k]))
			c.Publish(&j)
			must(c, id(living[k]))
			living[k], next = next, (next+1)%jobs
		}
	}
	return w.share()
}

func largeResult(n int) []byte { return make([]byte, n*7919%(64<<10)) }

// heap is the memory that a cache of 32 MiB has taken, also while it was filled by all processors, in shares of what it counts for itself.
func heap(m maker, result func(int) []byte) string {
	before := inUse()
	w := newWorld(result)
	c := m.make(silent(w.config(32 << 20)))
	var all sync.WaitGroup
	var most atomic.Uint64
	for p := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for n := range jobs / 2 {
				must(c, id((n*2+p)%jobs))
				if n%(jobs/8) == 0 {
					most.Store(max(most.Load(), inUse()))
				}
			}
		})
	}
	all.Wait()
	after := inUse()
	runtime.KeepAlive(c)
	runtime.KeepAlive(w)
	return fmt.Sprintf("%.1f MiB, at most %.1f", mib(after-before), mib(max(most.Load(), after)-before))
}

func mib(n uint64) float64 { return float64(n) / (1 << 20) }

func inUse() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
