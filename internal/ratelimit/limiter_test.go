package ratelimit_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/ratelimit"
)

func TestKeysOfOneOwnerShareItsAllowances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(time.Now)
		first, second, other := l.Owner("ann"), l.Owner("ann"), l.Owner("bob")
		spend(t, l, first.Status, 3)
		if r := l.Allow(second.Status, 3, 1); r.OK || r.RetryAfter != 20*time.Second {
			t.Errorf("second handle: got %+v, want refused for 20s", r)
		}
		spend(t, l, first.Submit, 3) // the other kind is untouched
		spend(t, l, other.Status, 3) // and so is the other owner
		<-time.After(20 * time.Second)
		spend(t, l, second.Status, 1)
	})
}

func TestManyGoroutinesSpendExactlyTheLimit(t *testing.T) {
	now := time.Unix(0, start)
	l := ratelimit.New(func() time.Time { return now })
	var admitted atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 500 {
				if l.Allow(l.Owner("ann").Submit, 1000, 1).OK {
					admitted.Add(1)
				}
			}
		})
	}
	group.Wait()
	if got := admitted.Load(); got != 1000 {
		t.Errorf("%d admitted, want 1000", got)
	}
}

func TestAddressesThatOneClientHoldsCountAsOne(t *testing.T) {
	l := ratelimit.New(func() time.Time { return time.Unix(0, start) })
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"IPv4 mapped into IPv6", "192.0.2.1", "::ffff:192.0.2.1", true},
		{"two IPv4 neighbours", "192.0.2.1", "192.0.2.2", false},
		{"one IPv6 network", "2001:db8::1", "2001:db8::ffff:1", true},
		{"two IPv6 networks", "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"zones", "fe80::1%eth0", "fe80::1%eth1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := l.Address(netip.MustParseAddr(c.a)), l.Address(netip.MustParseAddr(c.b))
			if (a == b) != c.same {
				t.Errorf("%s and %s: one bucket is %t, want %t", c.a, c.b, a == b, c.same)
			}
		})
	}
	l.Allow(l.Address(netip.Addr{}), 1, 1) // an unknown address is an address too
}

func TestTheSetStaysBoundedAndForgetsTheWholeOnesFirst(t *testing.T) {
	now := time.Unix(0, start)
	set := ratelimit.NewBuckets(6400)
	spent := set.Get("spent", now)
	spent.Allow(now, 1, 1)
	for i := range 20_000 {
		set.Get(fmt.Sprint(i), now)
	}
	if got := set.Len(); got > 6400 {
		t.Errorf("%d buckets, want at most 6400", got)
	}
	if set.Get("spent", now) != spent {
		t.Error("a bucket in debt was forgotten though others were whole")
	}
}

func TestTheSetStaysBoundedWhenAllAreInDebt(t *testing.T) {
	now := time.Unix(0, start)
	set := ratelimit.NewBuckets(640)
	for i := range 5_000 {
		set.Get(fmt.Sprint(i), now).Allow(now, 1, 1)
	}
	if got := set.Len(); got > 640 {
		t.Errorf("%d buckets, want at most 640", got)
	}
}

func TestAHandleOfAnEvictedBucketSpendsFromTheNewOne(t *testing.T) {
	now := time.Unix(0, start)
	set := ratelimit.NewBuckets(1)
	old := set.Get("ann", now)
	for i := range 5_000 { // one bucket a shard: ann's is surely evicted
		set.Get(fmt.Sprint(i), now)
	}
	fresh := set.Get("ann", now)
	if fresh == old {
		t.Fatal("ann was not evicted")
	}
	if !old.Allow(now, 2, 1).OK || !fresh.Allow(now, 2, 1).OK {
		t.Fatal("refused within the limit")
	}
	if old.Allow(now, 2, 1).OK || fresh.Allow(now, 2, 1).OK {
		t.Error("two handles spent more than one allowance")
	}
}

func TestAHandleOfAnEvictedBucketIsTakenInAgain(t *testing.T) {
	now := time.Unix(0, start)
	set := ratelimit.NewBuckets(1)
	old := set.Get("ann", now)
	for i := range 5_000 {
		set.Get(fmt.Sprint(i), now)
	}
	old.Allow(now, 2, 1)
	if set.Get("ann", now) != old {
		t.Error("the handle in use and the set's bucket differ")
	}
	if got := set.Len(); got > 64 {
		t.Errorf("%d buckets, want at most 64", got)
	}
}

// spend wants n requests of cost 1 to pass with a limit of 3 a minute.
func spend(t *testing.T, l *ratelimit.Limiter, b *ratelimit.Bucket, n int) {
	t.Helper()
	for i := range n {
		if r := l.Allow(b, 3, 1); !r.OK {
			t.Fatalf("request %d of %d: refused: %+v", i+1, n, r)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	l := ratelimit.New(time.Now)
	owner := l.Owner("ann")
	b.ReportAllocs()
	for b.Loop() {
		l.Allow(owner.Status, 600, 1)
	}
}

func BenchmarkAllowByName(b *testing.B) {
	l := ratelimit.New(time.Now)
	b.ReportAllocs()
	for b.Loop() {
		l.Allow(l.Owner("ann").Status, 1e12, 1)
	}
}

func BenchmarkAllowParallel(b *testing.B) {
	l := ratelimit.New(time.Now)
	owner := l.Owner("ann")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Allow(owner.Status, 1e12, 1)
		}
	})
}
