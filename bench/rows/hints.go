package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// mostPolls is how often a job that cannot begin yet may be asked about.
const mostPolls = 3

// hints compares, on servers that know no run times, a client that obeys
// retry_after with one that asks every two seconds; then it counts the polls for
// jobs that wait for something that is known.
func hints(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	sleeping := *b
	sleeping.Program = filepath.Join(b.Dir, "claimcheck-testtools")
	if err := b.Build(ctx, sleeping.Program, "-tags=testtools"); err != nil {
		return nil, err
	}
	var lines []table.Line
	var polls, fixed int
	for _, w := range []struct {
		name    string
		workers string
		jobs    []string
	}{
		{"20 quick jobs", "4", slices.Repeat([]string{"3ms"}, 20)},
		{"mixed: jobs of 0.1 s, 2 s and 40 s", "64", slices.Concat(slices.Repeat([]string{"100ms"}, 20), slices.Repeat([]string{"2s"}, 20), slices.Repeat([]string{"40s"}, 10))},
		{"deep: 40 jobs of 1 s, 2 workers", "2", slices.Repeat([]string{"1s"}, 40)},
		{"one job of 7 s", "4", []string{"7s"}},
	} {
		all, err := watchFresh(ctx, &sleeping, w.jobs, "--workers="+w.workers)
		if err != nil {
			return lines, err
		}
		lines = append(lines, hintLines(w.name, all)...)
		for _, j := range all {
			polls, fixed = polls+j.polls, fixed+j.fixedPolls
		}
	}
	lines = append(lines, table.Line{What: "polls over all four", Ours: fmt.Sprint(polls), Other: fmt.Sprint(fixed) + " (every 2 s)", Result: fmt.Sprintf("%.2f", float64(polls)/float64(fixed))}.
		Judged(polls < fixed, "fewer"))
	waiting, err := hintsOfWaiting(ctx, &sleeping)
	return append(lines, waiting...), err
}

// watchFresh watches jobs on a server that ran none before.
func watchFresh(ctx context.Context, b *rig.Rig, jobs []string, flags ...string) (_ []*watchedJob, err error) {
	s, err := b.ServeNew(ctx, flags...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return watchAll(ctx, s, jobs)
}

func hintLines(what string, watches []*watchedJob) []table.Line {
	lines := pollingLines(what+", nothing known", watches)
	var polls, fixed int
	for _, w := range watches {
		polls, fixed = polls+w.polls, fixed+w.fixedPolls
	}
	lines[0] = lines[0].Judged(polls <= fixed, "not more")
	return lines
}

// hintsOfWaiting counts polls for jobs that wait for a limit, a start or a target.
func hintsOfWaiting(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const pause = 20 * time.Second
	var lines []table.Line
	for _, w := range []struct {
		name     string
		jobs     int
		settings string
		later    time.Duration
		busy     time.Duration // of the target, from its start
	}{
		{name: "30 jobs of 1 s, the tool's max_running 1", jobs: 30, settings: "    max_running: 1\n"},
		{name: "10 jobs of 1 s that begin in 20 s", jobs: 10, later: pause},
		{name: "10 jobs of 1 s, the target busy and asking for 20 s", jobs: 10, busy: 2 * time.Second},
	} {
		all, err := watchTool(ctx, b, w.jobs, w.settings, w.later, busyTarget(time.Second, w.busy, pause))
		if err != nil {
			return lines, err
		}
		l := pollingLines(w.name, all)
		polls := 0
		for _, j := range all {
			polls += j.polls
		}
		l[0] = l[0].Judged(polls <= mostPolls*len(all), fmt.Sprintf("≤ %d", mostPolls))
		l[1].Target, l[1].Met = "", ""
		lines = append(lines, l...)
	}
	return lines, nil
}

// busyTarget takes a time for each request; at first it is busy for a while, and asks for a
// pause.
func busyTarget(took, busy, pause time.Duration) http.Handler {
	began := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if time.Since(began) < busy {
			w.Header().Set("Retry-After", fmt.Sprint(int(pause/time.Second)))
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		time.Sleep(took)
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
}

func watchTool(ctx context.Context, b *rig.Rig, n int, settings string, later time.Duration, target http.Handler) (_ []*watchedJob, err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a target: %w", err)
	}
	hs := &http.Server{ReadHeaderTimeout: time.Minute, Handler: target}
	go func() { _ = hs.Serve(l) }()
	s, err := b.ServeToolWith(ctx, "http://"+l.Addr().String(), settings, "--workers=4")
	if err != nil {
		return nil, errors.Join(err, hs.Close())
	}
	defer func() { err = errors.Join(err, s.Stop(), hs.Close()) }()
	return watchOrders(ctx, s, slices.Repeat([]order{{tool: rig.Sleeper, body: "x", later: later}}, n))
}
