package top_test

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"claimcheck/api"
	"claimcheck/internal/terminal"
	"claimcheck/internal/top"
)

// crowded is a view with more than fits, whose server is up to no good.
func crowded() *top.View {
	v := &top.View{
		At: 1790812800, Server: "http://127.0.0.1:1", Scope: "all", Window: 300, Queued: 41, Processing: 12, Rates: top.Rates{Accepted: 123.4, Succeeded: 9.96, Failed: 0.2},
		WaitMS: api.Percentiles{P50: new(1.52), P99: new(21.5)}, RunMS: api.Percentiles{P50: new(336.), P99: new(610000.)}, OldestWaitSeconds: 7300,
		Pauses: api.Pauses{Tools: []api.Pause{{Name: "slow\x1b[2J", By: "ops"}}, Owners: []api.Pause{{Name: "acme", By: "command"}}},
		Tools: []top.Tool{
			{Name: "漢字かな混じりの長い名前の道具", Queued: 40, Processing: 2, MaxRunning: 2, Paused: true, Breaker: "half_open"},
			{Name: "evil\x1b]0;x\a\n\u202eloot", Breaker: "closed", Processing: 1},
			{Name: "idle-one", Breaker: "closed"},
			{Name: "idle-too"},
			{Name: "json-formatter", Rates: top.Rates{Accepted: 60}},
		},
		Owners: []top.Owner{{Name: "acme", Plan: "default", Queued: 40, Paused: true}, {Name: "bob\u009b31m", Plan: "gold"}},
	}
	for range 30 {
		v.Slowest = append(v.Slowest, top.Job{ID: "01997f3e-5b80-7c41-9d02-6f1a8be3d274", Tool: "thumb", Owner: "acme", Age: 4000, Quiet: 3, Attempt: 2, MaxAttempts: 4, Progress: new(40), Trouble: "stuck"})
	}
	return v
}

func texts(rows []terminal.Row) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Text)
	}
	return strings.Join(all, "\n")
}

func TestAViewTellsAllThatMatters(t *testing.T) {
	t.Parallel()
	got := texts(crowded().Lines(0, 0, "q leaves", ""))
	for _, want := range []string{
		"claimcheck top  http://127.0.0.1:1  00:00:00 UTC  q leaves\n",
		"queued 41  processing 12  longest wait 2 h  PAUSED tool slow\\x1b[2J by ops  PAUSED owner acme by command\n",
		"a minute: accepted 123  succeeded 10.0  failed 0.2  wait 1.5 ms, at most 22 ms of 99 in 100  run 336 ms, at most 10 min of 99 in 100\n",
		"\n漢字かな混じりの長い名前の道具      40        2     2             0           0  paused breaker half_open\n",
		"\nevil\\x1b]0;x\\a\\n\\u202eloot           0        1     -             0           0\n",
		"\n2 idle\n",
		"\nacme          default      40        0             0  paused\nbob\\u009b31m  gold          0        0             0\n",
		"\n01997f3e-5b80-7c41-9d02-6f1a8be3d274  thumb  67 min  3.0 s   2 of 4  40 %  acme  STUCK",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "STUCK"); n != 30 {
		t.Errorf("it tells of %d jobs", n)
	}
}

func TestAViewFitsItsTerminal(t *testing.T) {
	t.Parallel()
	for columns := 1; columns < 150; columns++ {
		for _, rows := range []int{1, 3, 5, 8, 12, 24, 50} {
			got := crowded().Lines(columns, rows, "q leaves", "NOT NOW: \x1b[2J")
			if len(got) > rows {
				t.Errorf("%d rows on a terminal of %d", len(got), rows)
			}
			for _, r := range got {
				if width := runewidth.StringWidth(r.Text); width > columns || strings.ContainsAny(r.Text, "\x1b\a\n\u009b\u202e") {
					t.Errorf("%d columns on a terminal of %d: %q", width, columns, r.Text)
				}
			}
		}
	}
	got := texts(crowded().Lines(60, 24, "", ""))
	for _, want := range []string{"\nTOOL", "\n漢字か…", "\nOWNER", "\nSLOWEST", "\n01997f3e-5b80-7c41-9d02-6f1a8be3d274  thumb "} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
}

func TestAnOwnerSeesItsOwn(t *testing.T) {
	t.Parallel()
	v := &top.View{Scope: "owner", Server: "http://x", Partial: true, Owners: []top.Owner{{Name: "ann", Plan: "default", Paused: true, Month: &api.Allowance{Used: 7, Limit: 10}}}}
	got := texts(v.Lines(0, 0, "", ""))
	for _, want := range []string{"ann (plan default)", "this month 7 of 10  PAUSED by an operator", "a minute: at least accepted 0 "} {
		if !strings.Contains(got, want) {
			t.Errorf("it lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "OWNER  PLAN") {
		t.Errorf("it has a table of owners:\n%s", got)
	}
}
