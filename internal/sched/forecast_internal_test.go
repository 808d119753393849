package sched

import (
	"slices"
	"testing"
	"time"
)

// askedAt are the seconds at which a client asks about a run that goes on.
func askedAt(took []uint32, until int64) (at []int64) {
	for ran := int64(0); ran < until; {
		var f forecast
		o := outlook{took: took, ran: time.Duration(ran) * time.Second}
		o.forecast(&f)
		ran += f.best()
		at = append(at, ran)
	}
	return at
}

func TestWhenARunIsAskedAbout(t *testing.T) {
	second, forty, hundred := slices.Repeat([]uint32{1005}, 10), slices.Repeat([]uint32{40_005}, 20), slices.Repeat([]uint32{100_000}, 20)
	for _, c := range []struct {
		name string
		took []uint32
		want []int64
	}{
		{"nothing is known", nil, []int64{1, 4, 8, 12, 17, 22, 28, 34, 40}},
		{"just over a second", second, []int64{2, 5}},
		{"about forty seconds", forty, []int64{41}},
		{"longer than any hint", hundred, []int64{60, 101}},
		{"short and long ones", slices.Concat(second, forty), []int64{2, 41}},
	} {
		if got := askedAt(c.took, c.want[len(c.want)-1]); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAHintIsAlwaysWithinItsLimits(t *testing.T) {
	for _, took := range [][]uint32{nil, {0}, {1, 1 << 31, 1<<32 - 1}} {
		for _, ran := range []time.Duration{0, time.Nanosecond, time.Minute, 1 << 62} {
			for _, o := range []outlook{
				{took: took, ran: ran}, {took: took, wait: ran}, {took: took, begin: ran}, {took: took, lost: ran}, {took: took, wait: ran, turn: ran, begin: ran},
			} {
				var f forecast
				o.forecast(&f)
				if got := f.best(); got < minHint || got > maxHint {
					t.Errorf("%+v: %d", o, got)
				}
			}
		}
	}
}

func TestRunTimesAreKeptWithTheirOrder(t *testing.T) {
	r := newRuntimes()
	for i := range runsKept + 10 {
		r.observe("x", 100, time.Duration(i)*time.Second)
	}
	saved, err := r.save()
	if err != nil {
		t.Fatal(err)
	}
	other := newRuntimes()
	other.load(saved)
	other.load(map[string][]byte{"old": []byte("[[0,1],[2]]"), "none": []byte("nonsense")})
	other.observe("x", 100, 0) // instead of the oldest
	got := other.of("x", 100)
	slices.Sort(got)
	if len(got) != runsKept || got[0] != 0 || got[1] != 11_000 {
		t.Errorf("got %v", got)
	}
	if tool, all := other.means("x"); tool.is < 50*time.Second || all.is < 50*time.Second {
		t.Errorf("the means are %s and %s", tool.is, all.is)
	}
	if got := other.of("old", 0); len(got) != 0 {
		t.Errorf("what an older release kept is taken for %v", got)
	}
}

func BenchmarkForecast(b *testing.B) {
	took := make([]uint32, runsKept)
	for i := range took {
		took[i] = uint32(i * 1000)
	}
	for b.Loop() {
		var f forecast
		o := outlook{took: took, wait: 30 * time.Second, turn: time.Second}
		o.forecast(&f)
		f.best()
	}
}
