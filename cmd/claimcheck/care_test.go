package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/care"
	"claimcheck/internal/serverproc"
)

// churn hands in work and deletes half of it until ctx is done, and counts what
// was sent; it returns what was known, and stays, at the moment that mark was
// closed.
func churn(ctx context.Context, t *testing.T, c *caller, seed uint64, sent *atomic.Int64, mark <-chan struct{}) (known []*piece) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	marked := false
	for n := 0; ctx.Err() == nil; n++ {
		p := newPiece(r)
		if err := p.send(ctx, c); err != nil {
			continue
		}
		sent.Add(1)
		select {
		case <-mark:
			marked = true
		default:
		}
		if n%2 == 0 && p.got.status == http.StatusAccepted {
			var a api.Accepted
			if err := json.Unmarshal(p.got.body, &a); err == nil {
				_, _ = c.try(ctx, http.MethodDelete, "/jobs/"+a.JobID, nil)
			}
			continue
		}
		if !marked {
			known = append(known, p)
		}
	}
	return known
}

func TestABackupUnderLoadHasEverything(t *testing.T) {
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	var bound []string // jobs that wait for the restart, with an upload for input
	for range 3 {
		key := c.mustUpload(t, "a.json", `["`+strings.Repeat("x", 100_000)+`"]`)
		a := c.submitFile(t, "/json-minify-api", key, "x-run-at", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
		if a.status != http.StatusAccepted {
			t.Fatal(a)
		}
		bound = append(bound, decode[api.Accepted](t, a).JobID)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	mark := make(chan struct{})
	var clients sync.WaitGroup
	var sent atomic.Int64
	more := func(n int64) {
		from := sent.Load()
		serverproc.Until(t, jobLimit, func() (bool, string) {
			is := sent.Load() - from
			return is >= n, fmt.Sprintf("%d pieces of work were sent", is)
		})
	}
	known := make([][]*piece, 4)
	for i := range known {
		clients.Go(func() { known[i] = churn(ctx, t, c, uint64(i), &sent, mark) })
	}
	more(400)
	close(mark)
	dest := filepath.Join(filepath.Dir(s.Data), "copy")
	began := time.Now()
	r := serverproc.Run(t, nil, "backup", dest, "--data="+s.Data)
	if r.Code != 0 || !strings.HasPrefix(r.Stdout, "copied the database and ") {
		t.Fatalf("backup: code %d, %s %s", r.Code, r.Stdout, r.Stderr)
	}
	took := time.Since(began)
	more(50) // serving goes on
	cancel()
	clients.Wait()
	c.quietBut(t, len(bound))
	s.Kill()

	copied := serverproc.Start(t, serverproc.Options{Data: dest})
	on := newCaller(copied, c.key)
	pieces := slices.Concat(known...)
	for _, p := range pieces {
		p.check(t, on)
	}
	for _, id := range bound {
		if is := on.status(t, id); is.Status != "queued" {
			t.Errorf("job %s is %s in the copy", id, is.Status)
		}
		if a := on.call(t, http.MethodDelete, "/jobs/"+id, ""); a.status != http.StatusNoContent {
			t.Errorf("delete: %s", a)
		}
	}
	on.quiet(t)
	copied.Stop()
	d := serverproc.Run(t, nil, "doctor", "--data="+dest)
	if d.Code != 0 || strings.Contains(d.Stdout, "missing  ") {
		t.Errorf("doctor of the copy: code %d, %s %s", d.Code, d.Stdout, d.Stderr)
	}
	t.Logf("%d pieces of work, backup took %s: %s", len(pieces), took, strings.TrimSpace(r.Stdout))
	if len(pieces) < 20 {
		t.Errorf("only %d pieces of work were there", len(pieces))
	}
}

// quietBut waits until only some jobs wait.
func (c *caller) quietBut(t *testing.T, n int) {
	t.Helper()
	serverproc.Until(t, jobLimit, func() (bool, string) {
		u := c.usage(t)
		return u.Running == 0 && u.Queued <= int64(n), "jobs wait"
	})
}

func TestAJobBoundToAnUploadRunsOnTheCopy(t *testing.T) {
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--workers=0"}})
	c := newCaller(s, s.Key("ann"))
	doc := `["` + strings.Repeat("x", 100_000) + `"]`
	a := c.submitFile(t, "/json-minify-api", c.mustUpload(t, "a.json", doc))
	dest := filepath.Join(filepath.Dir(s.Data), "copy")
	for _, again := range []bool{false, true} {
		r := serverproc.Run(t, nil, "backup", dest, "--data="+s.Data)
		if again != (r.Code != 0) || again && !strings.Contains(r.Stderr, "already") {
			t.Errorf("again %t: code %d, %s", again, r.Code, r.Stderr)
		}
	}
	s.Stop()
	offline := dest + "-2" // without a server
	if r := serverproc.Run(t, nil, "backup", offline, "--data="+s.Data); r.Code != 0 {
		t.Fatalf("code %d, %s", r.Code, r.Stderr)
	}
	for _, folder := range []string{dest, offline} {
		copied := serverproc.Start(t, serverproc.Options{Data: folder})
		on := newCaller(copied, c.key)
		if got := on.outputOf(t, on.finished(t, decode[api.Accepted](t, a).JobID)); got != doc {
			t.Errorf("got %d bytes", len(got))
		}
		copied.Stop()
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the copy's mode is %v, %v", info.Mode(), err)
		}
	}
}

func examine(t *testing.T, data string, flags ...string) (care.Report, int) {
	t.Helper()
	r := serverproc.Run(t, nil, append([]string{"doctor", "--json", "--data=" + data}, flags...)...)
	var report care.Report
	if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil {
		t.Fatalf("%s %s: %v", r.Stdout, r.Stderr, err)
	}
	return report, r.Code
}

func TestTheDoctorFindsAndMendsBothSides(t *testing.T) {
	for _, online := range []bool{true, false} {
		s := serverproc.Start(t, serverproc.Options{})
		c := newCaller(s, s.Key("ann"))
		large := `["` + strings.Repeat("x", 100_000) + `"]`
		good, lost := c.submit(t, "/json-minify-api", large), c.submit(t, "/json-minify-api", large)
		c.finished(t, good)
		lostLink := linkOf(t, c.finished(t, lost))
		call := decode[api.Result](t, c.call(t, http.MethodPost, "/json-minify-api", large))
		unused := c.mustUpload(t, "a.json", large)
		if r, code := examine(t, s.Data); code != 0 || r.Missing+r.Orphans != 0 || r.Files != 6 {
			t.Errorf("in good health: code %d, %+v", code, r)
		}
		removed := 0
		token := func(link string) string {
			return strings.TrimSuffix(strings.Split(link, "json_minify_")[1][:37], ".json")
		}
		old := time.Now().Add(-2 * time.Hour)
		root := filepath.Join(s.Data, "files")
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			for _, part := range []string{token(lostLink), token(call.File), strings.Split(unused, "/")[1]} {
				if strings.Contains(name, part) {
					removed++
					return os.Rename(name, filepath.Join(filepath.Dir(s.Data), part)) // it was lost
				}
			}
			return err
		})
		if err != nil || removed != 3 {
			t.Fatalf("removed %d files, want 3: %v", removed, err)
		}
		foreign := filepath.Join(root, "outputs", "00", "UPPER") // no key is called so
		orphan := filepath.Join(root, "outputs", "c8", "x")      // c8 ends the CRC-32 of outputs/x
		for _, name := range []string{foreign, orphan} {
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(name, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if !online {
			s.Stop()
		}
		r, code := examine(t, s.Data)
		if code != 1 || r.Missing != 3 || r.Orphans != 1 || r.Removed+r.Dropped != 0 || len(r.Lost) != 3 || len(r.Orphan) != 1 {
			t.Errorf("online %t: code %d, %+v", online, code, r)
		}
		r, code = examine(t, s.Data, "--repair")
		if code != 0 || r.Dropped != 3 || r.Removed != 1 {
			t.Errorf("online %t, repair: code %d, %+v", online, code, r)
		}
		if r, code := examine(t, s.Data); code != 0 || r.Missing+r.Orphans != 0 || r.Files != 2 {
			t.Errorf("online %t, afterwards: code %d, %+v", online, code, r)
		}
		if _, err := os.Stat(foreign); err != nil {
			t.Errorf("a foreign file is gone: %v", err)
		}
		if !online {
			s = serverproc.Start(t, serverproc.Options{Data: s.Data})
			c = newCaller(s, c.key)
		}
		if a := c.get(t, "/jobs/"+lost); a.status != http.StatusNotFound {
			t.Errorf("the job without its output: %s", a)
		}
		c.outputOf(t, c.finished(t, good))
		if u := c.usage(t); u.StoredBytes.Used != 2*int64(len(large)) {
			t.Errorf("%d bytes are stored, want those of one job", u.StoredBytes.Used)
		}
		s.Stop()
	}
}

// TestABackupTouchesNothingOfOthers: neither a folder with the name of an
// unfinished copy, nor anything if it fails; and it leaves nothing of its own.
func TestABackupTouchesNothingOfOthers(t *testing.T) {
	s := serverproc.Start(t, serverproc.Options{})
	dest := filepath.Join(t.TempDir(), "deep", "copy")
	kept := filepath.Join(dest+".partial", "important")
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, 1} { // the second time there is something at DEST
		if r := serverproc.Run(t, nil, "backup", dest, "--data="+s.Data); (r.Code != 0) != (want != 0) {
			t.Fatalf("backup: code %d, %s", r.Code, r.Stderr)
		}
		if text, err := os.ReadFile(kept); err != nil || string(text) != "x" {
			t.Errorf("a folder that the backup did not make: %q, %v", text, err)
		}
		list, err := os.ReadDir(filepath.Dir(dest))
		if err != nil || len(list) != 2 {
			t.Errorf("beside the copy there is %v, %v; want copy.partial alone", list, err)
		}
	}
}
