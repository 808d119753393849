package record

import (
	"time"

	"claimcheck/internal/meter"
)

// WholeFor is for how long allowances are kept that are whole: as good as none.
const WholeFor = time.Hour

// WholeBefore is since when an allowance must be whole to be removed, in Unix
// nanoseconds.
func WholeBefore(now time.Time) int64 { return now.Add(-WholeFor).UnixNano() }

// Meters are the allowances of tools, and who of their jobs is counted, as a transaction
// knows them.
type Meters interface {
	// MeterOf is an allowance of a tool. Until the transaction ends no other is told
	// of it.
	MeterOf(of MeterName) (*Meter, error)
	// LeasedOf is how many jobs of a tool are under a lease, by strand; likewise.
	LeasedOf(tool string) (map[string]int64, error)
	// Metered notes that an allowance differs from the database.
	Metered(m *Meter)
}

// A Meter is an allowance of a tool, as a transaction knows it.
type Meter struct {
	meter.State

	Of    MeterName
	Dirty bool // it differs from the database
}

// A MeterName names an allowance of a tool.
type MeterName struct {
	Tool string
	Name string
}

// ReadMeter is a state as rows have it: when, in Unix nanoseconds, and what was owed
// then, in nanoseconds.
func ReadMeter(at, owed int64) meter.State {
	if at == 0 {
		return meter.State{}
	}
	return meter.State{At: time.Unix(0, at), Owed: time.Duration(owed)}
}

// A metered is a copy of an allowance that a decision may change.
type metered struct {
	of    *Meter
	value *meter.State
}

// Meter returns an allowance of a tool, to be changed.
func (l *Ledger) Meter(tool, name string) (*meter.State, error) {
	of, err := l.Books.Meters().MeterOf(MeterName{tool, name})
	if err != nil {
		return nil, err
	}
	for _, m := range l.metered {
		if m.of == of {
			return m.value, nil
		}
	}
	v := of.State
	l.metered = append(l.metered, metered{of: of, value: &v})
	return &v, nil
}

func (l *Ledger) keepMetered() {
	for _, m := range l.metered {
		if m.of.State != *m.value {
			m.of.State = *m.value
			l.Books.Meters().Metered(m.of)
		}
	}
}

// Leased returns how many jobs of a tool are under a lease, by strand.
func (l *Ledger) Leased(tool string) (map[string]int64, error) {
	return l.Books.Meters().LeasedOf(tool)
}
