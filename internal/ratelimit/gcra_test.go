package ratelimit_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"claimcheck/internal/ratelimit"
)

const start = int64(1_800_000_000_000_000_000) // any instant

func TestOneMinutesWorthMayBeSpentAtOnceAndThenOneAStep(t *testing.T) {
	tat := int64(0)
	for i := range int64(600) {
		next, r := ratelimit.Decide(tat, start, 600, 1)
		if !r.OK || r.Remaining != 599-i || r.RetryAfter != 0 {
			t.Fatalf("call %d: got %+v, want admitted with %d remaining", i, r, 599-i)
		}
		tat = next
	}
	tat, r := ratelimit.Decide(tat, start, 600, 1)
	if r.OK || r.RetryAfter != 100*time.Millisecond || r.Remaining != 0 {
		t.Fatalf("call 601: got %+v, want refused for 100ms", r)
	}
	if _, r = ratelimit.Decide(tat, start+int64(99*time.Millisecond), 600, 1); r.OK {
		t.Fatal("admitted 1ms too early")
	}
	if _, r = ratelimit.Decide(tat, start+int64(100*time.Millisecond), 600, 1); !r.OK {
		t.Fatalf("refused after the 100ms it was told: %+v", r)
	}
}

func TestDecideAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		name                      string
		tat, now, perMinute, cost int64
		want                      ratelimit.Result
	}{
		{"no limit", 0, start, 0, 1, ratelimit.Result{OK: true}},
		{"a negative limit is none", 0, start, -5, 1, ratelimit.Result{OK: true}},
		{"cost 0 only looks", 0, start, 60, 0, ratelimit.Result{OK: true, Limit: 60, Remaining: 60}},
		{"a negative cost gives nothing back", start + 5e9, start, 60, -9, ratelimit.Result{OK: true, Limit: 60, Remaining: 55, Reset: 5 * time.Second}},
		{"a cost above the limit is the limit", 0, start, 60, 1000, ratelimit.Result{OK: true, Limit: 60, Reset: time.Minute}},
		{"a clock gone back an hour costs a minute at most", start + 3600e9, start, 60, 1, ratelimit.Result{Limit: 60, RetryAfter: time.Second, Reset: time.Second}},
		{"a limit faster than the clock", 0, start, math.MaxInt64, 1, ratelimit.Result{OK: true, Limit: math.MaxInt64, Remaining: 60e9 - 1, Reset: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := ratelimit.Decide(c.tat, c.now, c.perMinute, c.cost); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAClockGoneBackRecoversWithinAMinute(t *testing.T) {
	tat, r := ratelimit.Decide(start+3600e9, start, 60, 1)
	if _, r = ratelimit.Decide(tat, start+int64(r.RetryAfter), 60, 1); !r.OK {
		t.Errorf("still refused after RetryAfter: %+v", r)
	}
}

// spending is one admitted request.
type spending struct{ at, cost int64 }

func TestNoSpanSeesMoreThanTheLimitAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 2000).Draw(t, "limit")
		pause := rapid.SampledFrom([]int64{0, 1, 1e6, 1e8, 1e9, 20e9}).Draw(t, "longest pause")
		var admitted []spending
		now, tat := start, int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			now += rapid.Int64Range(0, pause).Draw(t, "pause")
			cost := rapid.Int64Range(0, limit).Draw(t, "cost")
			next, r := ratelimit.Decide(tat, now, limit, cost)
			tat = next
			if r.Remaining < 0 || r.Remaining > limit {
				t.Fatalf("remaining %d of limit %d", r.Remaining, limit)
			}
			if r.OK {
				admitted = append(admitted, spending{now, cost})
			}
		}
		for i := range admitted {
			sum := int64(0)
			for _, s := range admitted[i:] {
				sum += s.cost
				if span := s.at - admitted[i].at; sum*60e9 > limit*60e9+limit*span {
					t.Fatalf("%d admitted in %v with limit %d", sum, time.Duration(span), limit)
				}
			}
		}
	})
}

func TestAClientThatObeysRetryAfterIsAlwaysAdmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 1e6).Draw(t, "limit")
		now, tat := start, int64(0)
		for range 100 {
			cost := rapid.Int64Range(1, limit*2).Draw(t, "cost")
			next, r := ratelimit.Decide(tat, now, limit, cost)
			if !r.OK {
				if r.RetryAfter <= 0 {
					t.Fatalf("refused without a time to come back: %+v", r)
				}
				now += int64(r.RetryAfter)
				if next, r = ratelimit.Decide(next, now, limit, cost); !r.OK {
					t.Fatalf("refused again: %+v", r)
				}
			}
			tat = next
		}
	})
}

func FuzzDecide(f *testing.F) {
	f.Add(int64(0), start, int64(600), int64(1))
	f.Add(int64(math.MaxInt64), int64(0), int64(math.MaxInt64), int64(math.MaxInt64))
	f.Add(int64(math.MinInt64), int64(1)<<62-1, int64(1), int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, tat, now, limit, cost int64) {
		now = min(max(now, 0), 1<<62-1)
		next, r := ratelimit.Decide(tat, now, limit, cost)
		switch {
		case r.Remaining < 0 || r.Remaining > max(limit, 0):
			t.Errorf("remaining %d of %d", r.Remaining, limit)
		case r.OK != (r.RetryAfter == 0), r.RetryAfter < 0, r.Reset < 0, r.Reset > 2*time.Minute:
			t.Errorf("unreasonable %+v", r)
		}
		if r.OK || limit <= 0 {
			return
		}
		if _, again := ratelimit.Decide(next, now+int64(r.RetryAfter), limit, cost); !again.OK {
			t.Errorf("refused after waiting %v", r.RetryAfter)
		}
	})
}
