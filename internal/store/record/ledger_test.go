package record_test

import (
	"errors"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

// books are of one owner.
type books struct {
	owner   record.Owner
	usage   record.Usage
	charged int
	meter   record.Meter
	metered int
}

func (b *books) Time() time.Time                             { return time.UnixMilli(1) }
func (b *books) OwnerOf(string) (*record.Owner, error)       { return &b.owner, nil }
func (b *books) UsageOf(record.Month) (*record.Usage, error) { return &b.usage, nil }
func (b *books) RunningOf(string) (int64, error)             { return 0, errors.New("not asked") }
func (b *books) GroupOf(job.GroupName) (*record.Group, error) {
	return nil, errors.New("not asked")
}
func (b *books) Charged(u *record.Usage)                         { u.Dirty = true; b.charged++ }
func (b *books) Meters() record.Meters                           { return b }
func (b *books) LeasedOf(string) (map[string]int64, error)       { return nil, errors.New("not asked") }
func (b *books) MeterOf(record.MeterName) (*record.Meter, error) { return &b.meter, nil }
func (b *books) Metered(m *record.Meter)                         { m.Dirty = true; b.metered++ }

func TestAChargeCountsWhenItIsKept(t *testing.T) {
	b := &books{}
	l := record.Ledger{Books: b}
	for _, c := range []struct {
		keep bool
		want int64
	}{{false, 0}, {true, 2}} {
		l.Begin()
		for range 2 {
			u, err := l.Usage("ann", 7)
			if err != nil {
				t.Fatal(err)
			}
			u.Jobs++
		}
		if c.keep {
			l.Keep()
		}
		if b.usage.Jobs != c.want {
			t.Errorf("kept %t: %d jobs, want %d", c.keep, b.usage.Jobs, c.want)
		}
	}
	if b.charged != 1 || !b.usage.Dirty {
		t.Errorf("%d usages were charged, want 1", b.charged)
	}
	l.Begin()
	if _, err := l.Usage("ann", 7); err != nil {
		t.Fatal(err)
	}
	if l.Keep(); b.charged != 1 {
		t.Error("what was only read was charged")
	}
}

func TestAnAllowanceIsUsedWhenTheDecisionIsKept(t *testing.T) {
	b := &books{}
	l := record.Ledger{Books: b}
	for _, keep := range []bool{false, true} {
		l.Begin()
		for range 2 {
			m, err := l.Meter("x", "ann")
			if err != nil {
				t.Fatal(err)
			}
			m.At, m.Owed = l.Now(), m.Owed+time.Second
		}
		if keep {
			l.Keep()
		}
	}
	if b.meter.Owed != 2*time.Second || b.metered != 1 || !b.meter.Dirty {
		t.Errorf("%d times written, owed %s; want once 2s", b.metered, b.meter.Owed)
	}
}
