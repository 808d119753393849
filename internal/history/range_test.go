package history_test

import (
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/history"
)

func TestRangesAreWholeSteps(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 34, 56, 789, time.UTC)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		name     string
		from, to time.Time
		step     time.Duration
		want     history.Range
	}{
		{"the last hour", time.Time{}, time.Time{}, 0, history.Range{From: at(10, 11, 34), To: at(10, 12, 35), Step: time.Minute}},
		{"a day", now.Add(-24 * time.Hour), now, 0, history.Range{From: at(9, 12, 30), To: at(10, 12, 35), Step: 5 * time.Minute}},
		{"a week", now.Add(-7 * 24 * time.Hour), time.Time{}, 0, history.Range{From: at(3, 12, 30), To: at(10, 13, 0), Step: 30 * time.Minute}},
		{"more than is kept", time.Unix(0, 0), now.Add(time.Hour), 0, history.Range{From: at(2, 12, 30), To: at(10, 13, 0), Step: 30 * time.Minute}},
		{"a step of its own", at(10, 10, 0), at(10, 10, 1), 3 * time.Minute, history.Range{From: at(10, 10, 0), To: at(10, 10, 3), Step: 3 * time.Minute}},
		{"whole hours", at(10, 10, 0), at(10, 12, 0), time.Hour, history.Range{From: at(10, 10, 0), To: at(10, 12, 0), Step: time.Hour}},
		{"the minute that begins", at(10, 12, 34), now, time.Minute, history.Range{From: at(10, 12, 34), To: at(10, 12, 35), Step: time.Minute}},
		{"as many points as there may be", now.Add(-499*time.Minute - 30*time.Second), now, time.Minute, history.Range{From: at(10, 4, 15), To: at(10, 12, 35), Step: time.Minute}},
	} {
		got, err := history.RangeOf(now, c.from, c.to, c.step)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestBadRangesAreRefused(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for name, ask := range map[string]struct {
		ago, until, step time.Duration
	}{
		"nothing":               {time.Hour, time.Hour, 0},
		"backwards":             {time.Hour, 2 * time.Hour, 0},
		"the future":            {-time.Hour, -2 * time.Hour, 0},
		"what is gone":          {10 * 24 * time.Hour, 9 * 24 * time.Hour, 0},
		"less than a minute":    {time.Hour, 0, 30 * time.Second},
		"half minutes":          {time.Hour, 0, 90 * time.Second},
		"a step of 7 minutes":   {time.Hour, 0, 7 * time.Minute},
		"a step of 9 days":      {time.Hour, 0, 9 * 24 * time.Hour},
		"more points than told": {501 * time.Minute, 0, time.Minute},
	} {
		_, err := history.RangeOf(now, now.Add(-ask.ago), now.Add(-ask.until), ask.step)
		if !fault.Is(err, fault.Invalid) || !fault.IsCode(err, "INVALID_REQUEST") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
