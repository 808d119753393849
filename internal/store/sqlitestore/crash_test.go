package sqlitestore_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

const crashFolder = "CLAIMCHECK_TEST_CRASH_FOLDER"

// TestKilledProcessKeepsWhatItAnswered: a process that submits and finishes
// jobs is killed; every answer it has given is true afterwards.
func TestKilledProcessKeepsWhatItAnswered(t *testing.T) {
	if dir := os.Getenv(crashFolder); dir != "" { //nolint:forbidigo // this test, run as the process to be killed
		submitUntilKilled(t, dir)
		return
	}
	for round := range 3 {
		dir := t.TempDir()
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), crashFolder+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		answered := map[job.ID]string{}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var text, what string
			if n, _ := fmt.Sscanf(lines.Text(), "answer %s %s", &text, &what); n != 2 {
				continue
			}
			id, err := job.ParseID(text)
			if err != nil {
				t.Fatal(err)
			}
			answered[id] = what
			if len(answered) == 500*(round+1) {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		checkAnswers(t, dir, answered)
	}
}

func submitUntilKilled(t *testing.T, dir string) {
	t.Helper()
	f := newFixture(t, sqlitestore.Options{Path: filepath.Join(dir, "claimcheck.db")})
	var mu sync.Mutex
	say := func(id job.ID, what string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println("answer", id, what)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10_000 {
				s := f.submission("ann", 5)
				if f.submit(s) != nil {
					return
				}
				say(s.Job.ID, "submitted")
				if err := f.change(s.Job.ID, benchClaim); err != nil {
					return
				}
				if err := f.change(s.Job.ID, benchFinish); err != nil {
					return
				}
				say(s.Job.ID, "finished")
			}
		})
	}
	wg.Wait()
}

func checkAnswers(t *testing.T, dir string, answered map[job.ID]string) {
	t.Helper()
	f := newFixture(t, sqlitestore.Options{Path: filepath.Join(dir, "claimcheck.db")})
	if len(answered) < 500 {
		t.Fatalf("the process gave only %d answers", len(answered))
	}
	for id, what := range answered {
		j, err := f.Get(t.Context(), id)
		if err != nil {
			t.Fatalf("job %s was %s: %v", id, what, err)
		}
		if what == "finished" && j.Status != job.Success {
			t.Fatalf("job %s was finished and is %s", id, j.Status)
		}
	}
	// What is counted is what is there.
	var want account.Counts
	var all int64
	page := protocol.Filter{Owner: "ann", Limit: 1000}
	for range 100 {
		jobs, next, err := f.List(t.Context(), page)
		f.noError(err)
		for _, j := range jobs {
			all++
			want.StoredBytes += j.Input.Size
			switch j.Status {
			case job.Queued:
				want.Queued++
			case job.Processing:
				want.Running++
			case job.Success, job.Failed:
			}
		}
		if page.Before = next; next == (protocol.Cursor{}) {
			break
		}
	}
	f.has("ann", all, want)
	leases, err := protocol.Leases(t.Context(), f, time.Time{}, 100_000)
	f.noError(err)
	if int64(len(leases)) != want.Running {
		t.Errorf("%d leases for %d running jobs", len(leases), want.Running)
	}
	f.noError(f.submit(f.submission("ann", 5)))
}
