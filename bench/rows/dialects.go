package rows

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// statusInDialects compares polls in each dialect with plain ones of the same
// jobs on the same server, in turns: what the words cost.
func statusInDialects(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	var lines []table.Line
	for _, jobs := range []struct {
		name  string
		flags []string
	}{
		{"finished", nil},
		{"unfinished", []string{noWorkers}},
	} {
		more, err := dialectsOf(ctx, b, jobs.name, jobs.flags)
		lines = append(lines, more...)
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// dialectsOf compares polls of jobs of one kind.
func dialectsOf(ctx context.Context, b *rig.Rig, kind string, flags []string) (lines []table.Line, err error) {
	s, err := b.ServeNew(ctx, flags...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	ids, err := s.SubmitMany(ctx, b.Polled)
	if err != nil {
		return nil, err
	}
	if len(flags) == 0 {
		if _, err := s.Drained(ctx); err != nil {
			return nil, err
		}
	}
	path, err := b.WriteIDs("polled", ids)
	if err != nil {
		return nil, err
	}
	plain, err := b.StatusLoad("plain", path, s.Key, pollers)
	if err != nil {
		return nil, err
	}
	for _, d := range dialectQuestions() {
		l, err := b.AskLoad("dialect", path, s.Key, pollers, d.Question)
		if err != nil {
			return lines, err
		}
		rounds, err := b.Alternate(ctx, rig.Target{Server: s.Process, Load: l}, rig.Target{Server: s.Process, Load: plain})
		if err != nil {
			return lines, fmt.Errorf("%s: %w", d.name, err)
		}
		lines = append(lines, dialectLines(d.name, kind, rounds)...)
	}
	return lines, nil
}

// dialectLines say what a status in a dialect costs the server beside a plain one,
// and how many there are in a second.
func dialectLines(name, kind string, rounds []rig.Round) []table.Line {
	const most = 1.15
	cpu := func(s rig.Sample) float64 { return float64(s.CPU) / float64(time.Microsecond) }
	l := compared(fmt.Sprintf("status in %s over plain, %s jobs, processor time", name, kind), rounds, cpu, func(v float64) string { return fmt.Sprintf("%.1f µs", v) })
	perSecond := func(s rig.Sample) float64 { return s.PerSecond }
	return []table.Line{
		l.Judged(table.Median(ratios(rounds, cpu)) <= most, fmt.Sprintf("≤ %v", most)),
		compared("… in a second", rounds, perSecond, func(v float64) string { return fmt.Sprintf("%.0f/s", v) }),
	}
}

// A dialectQuestion is how a dialect asks for a status.
type dialectQuestion struct {
	name string
	rig.Question
}

// dialectQuestions is the one list of dialects.
func dialectQuestions() []dialectQuestion {
	return []dialectQuestion{
		{"Azure's words", rig.Question{Method: http.MethodGet, Path: "/azure/operations/{id}"}},
		{"google.longrunning", rig.Question{Method: http.MethodGet, Path: "/v1/operations/{id}"}},
		{"MCP 2026-07-28", rig.Question{
			Method: http.MethodPost, Path: "/mcp",
			Headers: []string{"Content-Type: application/json", "Accept: application/json", "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tasks/get", "Mcp-Name: {id}"},
			Body: `{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"{id}","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
				`"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}`,
		}},
	}
}
