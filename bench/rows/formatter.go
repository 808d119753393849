package rows

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	lookEvery = 5 * time.Millisecond // at a job that takes seconds
	tellEvery = 5 * time.Second      // /metrics says anew what it says
)

// formatterSpeed measures how fast the JSON formatter goes through a large
// document inside the server.
func formatterSpeed(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	const least = 100 // MB/s
	path, size, err := writeDocument(b, "document", b.Document)
	if err != nil {
		return nil, err
	}
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	var running, whole []float64
	for range b.Rounds {
		r, w, err := format(ctx, s, path, size)
		if err != nil {
			return nil, err
		}
		mb := float64(size) / 1e6
		running, whole = append(running, mb/r.Seconds()), append(whole, mb/w.Seconds())
		b.Say("  ran %s, seen after %s", r.Round(time.Millisecond), w.Round(time.Millisecond))
	}
	what := "JSON formatter in the server, " + table.Megabytes(size) + " of records"
	run, end := mbLine(what+", the job's run", running), mbLine("… from 202 to visible success", whole)
	return []table.Line{run.Judged(table.Median(running) >= least, fmt.Sprintf("≥ %d MB/s", least)), end}, nil
}

func mbLine(what string, rates []float64) table.Line {
	return table.Line{
		What: what, Ours: fmt.Sprintf("%.0f MB/s", table.Median(rates)), Result: fmt.Sprintf("%.0f MB/s", table.Median(rates)),
		Spread: fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates)),
	}
}

// formatterMemory measures the most memory that a server ever had while it
// took, formatted and kept a very large document.
func formatterMemory(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	const most = 100e6
	path, size, err := writeDocument(b, "large", b.Large)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, _, err := format(ctx, s, path, size); err != nil {
		return nil, err
	}
	peak, err := s.Memory("VmHWM")
	if err != nil {
		return nil, err
	}
	l := table.Line{What: "peak memory of the server, document of " + table.Megabytes(size), Ours: table.Megabytes(peak), Result: table.Megabytes(peak)}
	return []table.Line{l.Judged(peak < most, "< "+table.Megabytes(most))}, nil
}

// format submits a document as a job and returns how long the tool ran, and
// how long it took from the ticket to a visible success.
func format(ctx context.Context, s *rig.Server, path string, size int64) (running, whole time.Duration, err error) {
	const runSeconds = `claimcheck_run_seconds_sum{tool="` + rig.Formatter + `"}`
	before, err := s.Metric(ctx, runSeconds)
	if err != nil {
		return 0, 0, err
	}
	id, err := submitFile(ctx, s, path, size)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := s.Finished(ctx, id, lookEvery); err != nil {
		return 0, 0, err
	}
	whole = time.Since(began)
	after := before
	for asked := time.Now(); after == before; time.Sleep(lookEvery) { // what /metrics tells may be a second old
		if after, err = s.Metric(ctx, runSeconds); err != nil || time.Since(asked) > tellEvery {
			return 0, 0, errors.Join(err, errors.New("/metrics does not tell how long the tool ran"))
		}
	}
	return time.Duration((after - before) * float64(time.Second)), whole, nil
}

func submitFile(ctx context.Context, s *rig.Server, path string, size int64) (id string, err error) {
	f, err := os.Open(path) //nolint:gosec // our own file
	if err != nil {
		return "", fmt.Errorf("open the document: %w", err)
	}
	defer f.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/"+rig.Formatter+"-api", f)
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	req.ContentLength = size
	req.Header.Set("X-Api-Key", s.Key)
	req.Header.Set("Prefer", "respond-async")
	a, err := rig.Do(s.Client, req)
	if err != nil {
		return "", err
	}
	var ticket api.Accepted
	if err := json.Unmarshal(a.Body, &ticket); err != nil {
		return "", fmt.Errorf("understand the ticket: %w", err)
	}
	return ticket.JobID, nil
}

// writeDocument writes an array of ordinary records, of about so many bytes and
// always the same, and returns its true size.
func writeDocument(b *rig.Rig, name string, size int64) (path string, written int64, err error) {
	path = filepath.Join(b.Dir, name+".json")
	f, err := os.Create(path) //nolint:gosec // our own folder
	if err != nil {
		return "", 0, fmt.Errorf("make the document: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same document each time
	record := []byte("[")
	for n := 0; written < size; n++ {
		record = appendRecord(record, n, random)
		m, err := out.Write(record)
		if err != nil {
			return "", 0, fmt.Errorf("write the document: %w", err)
		}
		written += int64(m)
		record = append(record[:0], ',')
	}
	m, err := out.WriteString("\n]\n")
	return path, written + int64(m), errors.Join(err, out.Flush())
}

// appendRecord appends a record of about 300 bytes as systems export them.
func appendRecord(b []byte, n int, random *rand.Rand) []byte {
	names := []string{"Ada Lovelace", "Jürgen Müller", "Noether, Emmy", "李明", "Grace \\\"Amazing\\\" Hopper", "O'Neill"}
	cities := []string{"Berlin", "São Paulo", "New York", "Kyōto", "Nairobi"}
	return fmt.Appendf(b, "\n{\"id\":%d,\"name\":\"%s\",\"email\":\"user%d@example.com\",\"active\":%t,\"score\":%.4f,\"visits\":%d,"+
		"\"address\":{\"street\":\"%d Main Street\",\"city\":\"%s\",\"zip\":\"%05d\",\"geo\":[%.6f,%.6f]},"+
		"\"tags\":[\"alpha\",\"beta\",\"gamma\"],\"created\":\"2024-%02d-%02dT08:30:00Z\",\"note\":null}",
		n, names[n%len(names)], n, n%3 == 0, random.Float64()*1000, random.IntN(100000),
		random.IntN(999), cities[n%len(cities)], random.IntN(100000), random.Float64()*180-90, random.Float64()*360-180,
		n%12+1, n%28+1)
}
