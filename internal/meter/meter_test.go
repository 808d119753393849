package meter_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"claimcheck/internal/meter"
)

func TestRatesAreRead(t *testing.T) {
	for text, want := range map[string]meter.Rate{
		"10/s":    {Count: 10, Per: time.Second, Burst: 1},
		"1000/s":  {Count: 1000, Per: time.Second, Burst: 100},
		"300/m":   {Count: 300, Per: time.Minute, Burst: 1},
		"12000/m": {Count: 12000, Per: time.Minute, Burst: 20},
		"1/h":     {Count: 1, Per: time.Hour, Burst: 1},
	} {
		got, err := meter.Parse(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v %s, %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "10", "10/", "/s", "0/s", "-1/s", "+1/s", "01/s", "1.5/s", "ten/s", "10/d", "10/sec", "10 /s", "10/s ", "1000001/s", "9999999999999999999/s"} {
		if got, err := meter.Parse(text); err == nil || got.Any() || !strings.Contains(err.Error(), "such as 10/s") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func rate(text string, burst int64) meter.Rate {
	r, err := meter.Parse(text)
	if err != nil {
		panic(err)
	}
	if burst > 0 {
		r.Burst = burst
	}
	return r
}

// TestNoWindowHasMoreThanTheRateAndTheBurst: whenever attempts are asked for, and by
// whatever clock, and what is not begun late is not lost.
func TestNoWindowHasMoreThanTheRateAndTheBurst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rate(rapid.SampledFrom([]string{"10/s", "300/m", "7/m", "1000/s"}).Draw(t, "rate"), rapid.Int64Range(0, 20).Draw(t, "burst"))
		now := time.Unix(1_000_000, 0)
		var state meter.State
		var begun []time.Time
		for range rapid.IntRange(1, 300).Draw(t, "asked") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(3*r.Each())).Draw(t, "pause")))
			after, wait := state.Take(r, now)
			switch {
			case wait == 0:
				state = after
				begun = append(begun, now)
			case after != state:
				t.Fatal("a refusal has changed the state")
			case wait != state.Wait(r, now, 0), state.Free(r, now, 100) != 0:
				t.Fatalf("wait %s, told %s, free %d", wait, state.Wait(r, now, 0), state.Free(r, now, 100))
			}
		}
		for i := range begun {
			for k := i; k < len(begun); k++ {
				if n, may := int64(k-i+1), r.Burst+1+int64(begun[k].Sub(begun[i])/r.Each()); n > may {
					t.Fatalf("%d attempts in %s, at most %d may", n, begun[k].Sub(begun[i]), may)
				}
			}
		}
	})
}

func TestWhatBeginsALittleLateIsMadeUpFor(t *testing.T) {
	r, now := rate("10/s", 0), time.Unix(1_000_000, 0)
	var state meter.State
	n := 0
	for end := now.Add(100 * time.Second); now.Before(end); n++ {
		after, wait := state.Take(r, now)
		if wait > 0 {
			now = now.Add(wait + 20*time.Millisecond) // a busy machine
			n--
			continue
		}
		state = after
	}
	if n < 990 || n > 1001 {
		t.Errorf("%d attempts in 100 s, want 1000", n)
	}
}

func TestAClockThatIsSetBackStopsNothing(t *testing.T) {
	r, now := rate("10/s", 5), time.Unix(1_000_000, 0)
	var state meter.State
	for range 5 {
		state, _ = state.Take(r, now)
	}
	if _, wait := state.Take(r, now.Add(-time.Hour)); wait <= 0 || wait > 100*time.Millisecond {
		t.Errorf("an hour back: wait %s, want what was owed and no more", wait)
	}
	if _, wait := state.Take(r, now.Add(-time.Millisecond)); wait <= 0 || wait > 102*time.Millisecond {
		t.Errorf("a moment back: wait %s", wait)
	}
	slow := rate("1/h", 0)
	state, _ = meter.State{}.Take(slow, now)
	if _, wait := state.Take(r, now); wait > 100*time.Millisecond {
		t.Errorf("a rate that was slower before: wait %s", wait)
	}
}

func TestWaitsBehindOthers(t *testing.T) {
	r, now := rate("10/s", 0), time.Unix(1_000_000, 0)
	state, _ := meter.State{}.Take(r, now)
	if got := state.Wait(r, now, 98); got < 9*time.Second || got > 10*time.Second {
		t.Errorf("the hundredth begins after %s, want about 9.9 s", got)
	}
	if !state.Whole(now.Add(time.Second)) || state.Whole(now) {
		t.Error("whole at the wrong time")
	}
}
