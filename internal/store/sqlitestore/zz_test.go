package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"math/rand/v2"
	"runtime"
)

func TestZZBig(t *testing.T) {
	b := &testing.B{}
	_ = b
	f := newFixture(t, optsZZ(t))
	rss := func() string {
		d, _ := os.ReadFile("/proc/self/status")
		for _, l := range strings.Split(string(d), "\n") {
			if strings.HasPrefix(l, "VmRSS") {
				return l
			}
		}
		return ""
	}
	fmt.Println("idle", rss())
	for round := range 5 {
		start := time.Now()
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for range 1500 {
					if err := f.Submit(context.Background(), benchSubmission(f.ids.New(), fmt.Sprintf("owner%d", rand.IntN(5000)))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		runtime.GC()
		fmt.Println(round, float64(64*1500)/time.Since(start).Seconds(), rss())
	}
}
