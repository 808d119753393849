package unit

import (
	"maps"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlMeter    = "SELECT at, owed FROM claimcheck.meters WHERE tool = $1 AND name = $2"
	sqlLeased   = "SELECT strand, count(*) FROM claimcheck.ready WHERE tool = $1 AND state = 2 AND strand <> '' GROUP BY strand"
	sqlPutMeter = `INSERT INTO claimcheck.meters (tool, name, at, owed, whole) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
		ON CONFLICT (tool, name) DO UPDATE SET at = excluded.at, owed = excluded.owed, whole = excluded.whole`
)

// Meters are the allowances of tools, this transaction included.
func (u *Unit) Meters() record.Meters { return u }

// MeterOf returns an allowance of a tool, this transaction included; until its end
// no other decides by it.
func (u *Unit) MeterOf(of record.MeterName) (*record.Meter, error) {
	if m := u.meters[of]; m != nil {
		return m, nil
	}
	if _, err := u.runningOf(of.Tool); err != nil { // the lock of its tool
		return nil, err
	}
	m := &record.Meter{Of: of}
	b := u.Start()
	b.Queue(sqlMeter, pg.Enc(of.Tool), pg.Enc(of.Name)).Query(func(rows pgx.Rows) error {
		var at, owed int64
		_, err := pgx.ForEachRow(rows, []any{&at, &owed}, func() error {
			m.State = record.ReadMeter(at, owed)
			return nil
		})
		return err
	})
	if err := u.Send(b); err != nil {
		return nil, err
	}
	u.meters[of] = m
	return m, nil
}

// Metered notes that an allowance differs from the database.
func (u *Unit) Metered(m *record.Meter) { m.Dirty, u.Wrote = true, true }

// LeasedOf returns how many jobs of a tool are under a lease, by strand, this
// transaction included; until its end no other decides by it.
func (u *Unit) LeasedOf(tool string) (map[string]int64, error) {
	if u.leased[tool] == nil {
		if err := u.countLeased(tool); err != nil {
			return nil, err
		}
	}
	n := maps.Clone(u.leased[tool])
	for _, j := range u.changed {
		if j.was.Tool != tool || !j.stored {
			continue
		}
		if strand := leasedIn(j.was.Ready); strand != "" {
			n[strand]--
		}
		if strand := leasedIn(j.is.Ready); strand != "" && !j.gone {
			n[strand]++
		}
	}
	return n, nil
}

// leasedIn is the strand in which a job is counted, empty for none.
func leasedIn(r *job.Ready) string {
	if r == nil || !r.Lease.Taken() {
		return ""
	}
	return r.Strand
}

func (u *Unit) countLeased(tool string) error {
	if _, err := u.runningOf(tool); err != nil { // the lock of the tool
		return err
	}
	leased := map[string]int64{}
	b := u.Start()
	b.Queue(sqlLeased, pg.Enc(tool)).Query(func(rows pgx.Rows) error {
		var strand string
		var n int64
		_, err := pgx.ForEachRow(rows, []any{&strand, &n}, func() error {
			leased[pg.Dec(strand)] = n
			return nil
		})
		return err
	})
	if err := u.Send(b); err != nil {
		return err
	}
	u.leased[tool] = leased
	return nil
}

func (u *Unit) flushMeters(b *pgx.Batch) {
	var tools, names []string
	var at, owed, whole []int64
	for _, m := range u.meters {
		if m.Dirty {
			began := m.At.UnixNano()
			tools, names = append(tools, pg.Enc(m.Of.Tool)), append(names, pg.Enc(m.Of.Name))
			at, owed, whole = append(at, began), append(owed, int64(m.Owed)), append(whole, began+int64(m.Owed))
		}
	}
	if len(tools) > 0 {
		b.Queue(sqlPutMeter, tools, names, at, owed, whole)
	}
}
