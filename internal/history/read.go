package history

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/store/protocol"
)

// readRows is how many rows are read at once: other reads come between.
const readRows = 2048

// A Series is what was counted in a range of time, on all servers.
type Series struct {
	Range
	Points []Point // one for each step, also where nothing was counted
	Total  Count   // of all points
}

// A Point is what was counted in one step, of all tools together and of each.
type Point struct {
	Count

	At    time.Time
	Tools map[string]Numbers // of those of which something was counted
}

// Numbers are what is told of one tool in one step.
type Numbers struct{ Accepted, Succeeded, Failed int64 }

// A key names a row of one length.
type key struct {
	at     int64
	tool   string
	writer int64
}

func keyOf(m *protocol.Minute) key { return key{m.At.Unix(), m.Tool, m.Writer} }

// Read returns what was counted in a range, this process's counts up to this moment
// and those of other servers as they last saved them. One reads at a time: it may be
// work.
func (r *Recorder) Read(ctx context.Context, of Range) (*Series, error) {
	select {
	case r.reading <- struct{}{}:
		defer func() { <-r.reading }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to read what was counted: %w", ctx.Err())
	}
	s := &Series{Range: of, Points: make([]Point, of.Points())}
	for i := range s.Points {
		s.Points[i].At = of.From.Add(time.Duration(i) * of.Step)
	}
	length := of.length()
	own := map[key]bool{} // rows that are newer here than in the store
	for _, m := range r.unsaved(length, of.From, of.To) {
		own[keyOf(&m)] = true
		r.count(ctx, s, &m)
	}
	after := protocol.Minute{Length: length, At: of.From, Writer: -1}
	for {
		rows, err := r.config.Store.Minutes(ctx, after, of.To, readRows)
		if err != nil {
			return nil, fmt.Errorf("read what was counted: %w", err)
		}
		for i := range rows {
			if !own[keyOf(&rows[i])] {
				r.count(ctx, s, &rows[i])
			}
		}
		if len(rows) < readRows {
			break
		}
		after = rows[len(rows)-1]
	}
	for i := range s.Points {
		s.Total.add(&s.Points[i].Count)
	}
	return s, nil
}

// count adds a row to its point.
func (r *Recorder) count(ctx context.Context, s *Series, m *protocol.Minute) {
	p := &s.Points[int(m.At.Sub(s.From)/s.Step)]
	p.Accepted += m.Accepted
	p.Succeeded += m.Succeeded
	p.Failed += m.Failed
	if m.Accepted+m.Succeeded+m.Failed > 0 {
		if p.Tools == nil {
			p.Tools = map[string]Numbers{}
		}
		n := p.Tools[m.Tool]
		p.Tools[m.Tool] = Numbers{n.Accepted + m.Accepted, n.Succeeded + m.Succeeded, n.Failed + m.Failed}
	}
	if err := p.addDetail(m.Detail); err != nil { // the rest is worth showing
		r.config.Log.WarnContext(ctx, "a row of what was counted cannot be read", "at", m.At, "tool", m.Tool, "err", err)
	}
}
