package main_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A disk is what a full one is tested with: fill leaves no room, free gives it
// back while the server runs.
type disk struct {
	data       string
	fill, free func(t *testing.T, s *serverproc.Server)
}

func TestAFullDiskRefusesWorkAndRecoversWithoutARestart(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T) disk{"a small tmpfs": smallDisk, "a limit of file sizes": limitedFiles} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := prepare(t)
			s := serverproc.Start(t, serverproc.Options{Data: d.data, Args: []string{"--workers=2"}})
			c := newCaller(s, s.Key("ann", "--plan=unlimited"))
			full(t, s, c, d)
		})
	}
}

// full is the story; accepted counts what the owner is charged for.
func full(t *testing.T, s *serverproc.Server, c *caller, d disk) {
	t.Helper()
	big := `["` + strings.Repeat("x", 2*inlineBytes) + `"]`
	before := c.finished(t, c.submit(t, formatter, big))
	link := c.call(t, http.MethodPost, formatter, `{"a":1}`)
	running := c.submit(t, "/test-sleep-api", "1500ms it goes on")
	waiting := []string{c.submit(t, "/test-sleep-api", "1s"), c.submit(t, "/test-sleep-api", "1s"), c.submit(t, formatter, big)}
	accepted := int64(3 + len(waiting))
	files := filesOf(t, s.Data)

	d.fill(t, s)
	refusals := 0
	for i := range 30 {
		for _, body := range []string{`{"a":1}`, big} {
			for _, prefer := range []string{"respond-async", ""} {
				a := c.call(t, http.MethodPost, formatter, body, "Prefer", prefer)
				switch e, problem := envelopeOf(a); {
				case a.status == http.StatusOK || a.status == http.StatusAccepted:
					accepted++ // what fits beside what is there already
				case a.status != http.StatusServiceUnavailable || problem != "" || e.Error != "UNAVAILABLE" || e.RetryAfter < 1 ||
					a.header.Get("Retry-After") != strconv.Itoa(e.RetryAfter):
					t.Fatalf("on a full disk, call %d: got %s (%s), want 503 UNAVAILABLE with retry_after", i, a, problem)
				case e.Details.Outcome != "":
					t.Errorf("on a full disk: got %s, want to know that nothing was accepted", a)
				default:
					refusals++
				}
			}
		}
	}
	if refusals < 60 {
		t.Fatalf("only %d of 120 calls were refused", refusals)
	}
	wantError(t, "/readyz on a full disk", c.get(t, "/readyz"), http.StatusServiceUnavailable, "UNAVAILABLE")
	if a := c.get(t, "/healthz"); a.status != http.StatusOK {
		t.Errorf("/healthz on a full disk: got %s, want 200", a)
	}
	if is := c.status(t, before.JobID); is.Status != "success" {
		t.Errorf("status on a full disk: got %s, want success", is.Status)
	}
	c.outputOf(t, before)
	c.download(t, decode[api.Result](t, link).File)
	if u := c.usage(t); u.Jobs.Used != accepted {
		t.Errorf("used on a full disk: got %d, want %d", u.Jobs.Used, accepted)
	}

	d.free(t, s)
	serverproc.Until(t, jobLimit, func() (bool, string) { a := c.get(t, "/readyz"); return a.status == http.StatusOK, a.String() })
	for _, prefer := range []string{"respond-async", ""} {
		for _, body := range []string{"[]", big} {
			a := c.call(t, http.MethodPost, formatter, body, "Prefer", prefer)
			if accepted++; a.status != http.StatusOK && a.status != http.StatusAccepted {
				t.Errorf("with room again: got %s, want 200 or 202", a)
			}
		}
	}
	if got := c.outputOf(t, c.finished(t, running)); got != "it goes on" {
		t.Errorf("what ran while the disk was full: got %q", got)
	}
	for _, id := range waiting {
		c.outputOf(t, c.finished(t, id))
	}
	if u := c.quiet(t); u.Jobs.Used != accepted {
		t.Errorf("used: got %d, want %d", u.Jobs.Used, accepted)
	}
	for f := range filesOf(t, s.Data) {
		if strings.HasPrefix(f, "tmp/") && !files[f] {
			t.Errorf("left over: %s", f)
		}
	}
	s.Stop()
}

// smallDisk is a tmpfs that is filled by a ballast file.
func smallDisk(t *testing.T) disk {
	t.Helper()
	data := serverproc.Folder(t)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=16m"); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			testneeds.Missing(t, "the right to mount a tmpfs (run the tests as root)")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(data, "ballast")
	return disk{
		data: data,
		fill: func(t *testing.T, _ *serverproc.Server) {
			t.Helper()
			f, err := os.Create(ballast)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for size := 1 << 20; size > 0; size /= 2 {
				for err = nil; err == nil; {
					_, err = f.Write(make([]byte, size))
				}
				if !errors.Is(err, syscall.ENOSPC) {
					t.Fatal(err)
				}
			}
		},
		free: func(t *testing.T, _ *serverproc.Server) {
			t.Helper()
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// limitedFiles is a folder whose files may not grow beyond what they are: the
// limit of file sizes of the running process.
func limitedFiles(t *testing.T) disk {
	t.Helper()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		testneeds.Missing(t, "prlimit (apt-get install util-linux)")
	}
	limit := func(t *testing.T, s *serverproc.Server, size string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), prlimit, "--pid="+strconv.Itoa(s.PID()), "--fsize="+size+":unlimited").CombinedOutput()
		if err != nil {
			t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
	data := serverproc.Folder(t)
	return disk{
		data: data,
		fill: func(t *testing.T, s *serverproc.Server) {
			t.Helper()
			limit(t, s, strconv.Itoa(inlineBytes))
		},
		free: func(t *testing.T, s *serverproc.Server) { t.Helper(); limit(t, s, "unlimited") },
	}
}
