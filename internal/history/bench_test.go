package history_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/internal/history"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// BenchmarkJob is what counting costs each job: accepted, begun, ended.
func BenchmarkJob(b *testing.B) {
	r := history.New(history.Config{Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	owners := make([]string, 100)
	for i := range owners {
		owners[i] = fmt.Sprintf("owner-%d", i)
	}
	for i := 0; b.Loop(); i++ {
		r.Accepted("json-formatter", owners[i%len(owners)])
		r.Began("json-formatter", time.Duration(i)*time.Microsecond)
		r.Ended("json-formatter", "", time.Duration(i)*time.Microsecond)
	}
}

// BenchmarkEightDays reads all that is kept of 50 tools that were busy in each minute.
func BenchmarkEightDays(b *testing.B) {
	store, err := sqlitestore.Open(b.Context(), sqlitestore.Options{Path: filepath.Join(b.TempDir(), "test.db"), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	}()
	var detail []byte // of a row as a recorder makes it
	r := history.New(history.Config{Store: taken{store, &detail}, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for range 200 {
		r.Accepted("t0", "ann")
		r.Began("t0", time.Duration(random.ExpFloat64()*float64(20*time.Millisecond)))
		r.Ended("t0", "", time.Duration(random.ExpFloat64()*float64(80*time.Millisecond)))
	}
	if err := r.Save(b.Context()); err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC()
	fill(b, store, now, detail)
	reader := history.New(history.Config{Store: store, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	for _, step := range []time.Duration{25 * time.Minute, 30 * time.Minute, time.Hour} {
		of, err := history.RangeOf(now, now.Add(-protocol.MinutesKept), now, step)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%d points", of.Points()), func(b *testing.B) {
			for b.Loop() {
				if _, err := reader.Read(b.Context(), of); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(detail)), "B/row")
		})
	}
}

// fill writes the rows of eight days of tools that were busy in each minute.
func fill(b *testing.B, store protocol.Minutes, now time.Time, detail []byte) {
	b.Helper()
	for _, length := range protocol.MinuteLengths() {
		step := time.Duration(length) * time.Minute
		for at := now.Add(-protocol.MinutesKept).Truncate(step); at.Before(now); at = at.Add(step) {
			rows := make([]protocol.Minute, 50)
			for i := range rows {
				rows[i] = protocol.Minute{Length: length, At: at, Tool: fmt.Sprintf("t%d", i), Writer: 7, Accepted: 200, Succeeded: 200, Detail: detail}
			}
			if err := store.SaveMinutes(b.Context(), rows); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// taken is a store that shows the detail of a tool's row which is saved.
type taken struct {
	*sqlitestore.Store

	detail *[]byte
}

func (s taken) SaveMinutes(_ context.Context, rows []protocol.Minute) error {
	for i := range rows {
		if rows[i].Tool != "" {
			*s.detail = rows[i].Detail
		}
	}
	return nil
}
