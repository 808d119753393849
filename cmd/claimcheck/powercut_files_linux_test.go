package main_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// An arrival is a file that arrives in parts, by the tus protocol.
type arrival struct {
	want string
	path string         // of the upload
	key  string         // for jobs
	told map[string]int // offset that an answer told, by X-Request-Id; the first made the upload
}

// ask makes one request of the protocol and remembers which answer told what.
func (a *arrival) ask(ctx context.Context, c *caller, method, path string, body string, offset int, headers ...string) (answer, error) {
	id := requestID()
	a.told[id] = offset
	headers = append(headers, "Tus-Resumable", "1.0.0", "X-Request-Id", id)
	return c.try(ctx, method, path, []byte(body), headers...)
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

// begin makes the upload.
func (a *arrival) begin(ctx context.Context, c *caller) error {
	is, err := a.ask(ctx, c, http.MethodPost, "/files/", "", 0, "Upload-Length", strconv.Itoa(len(a.want)), "Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte("a.json")))
	if err != nil || is.status != http.StatusCreated {
		return fmt.Errorf("creation: %s: %w", is, err)
	}
	_, id, _ := strings.Cut(is.header.Get("Location"), "/files/")
	a.path, a.key = "/files/"+id, is.header.Get("Upload-Key")
	return nil
}

// patch sends a part.
func (a *arrival) patch(ctx context.Context, c *caller, from, to int) error {
	is, err := a.ask(ctx, c, http.MethodPatch, a.path, a.want[from:to], to, "Upload-Offset", strconv.Itoa(from), "Content-Type", "application/offset+octet-stream")
	if err != nil || is.status != http.StatusNoContent || is.header.Get("Upload-Offset") != strconv.Itoa(to) {
		return fmt.Errorf("part to %d: %s: %w", to, is, err)
	}
	return nil
}

// arrive sends files in parts under strace, by several clients.
func arrive(t *testing.T, rec *recording, r *mathrand.Rand) (all []*arrival) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	s := serverproc.Start(t, serverproc.Options{Data: filepath.Join(rec.base, "data"), Under: strace(t, log)})
	rec.key = s.Key("ann", "--plan=unlimited")
	c := newCaller(s, rec.key)
	var clients sync.WaitGroup
	for range powerClients {
		own := mathrand.New(mathrand.NewPCG(r.Uint64(), 0))
		var mine []*arrival
		for range 2 {
			mine = append(mine, &arrival{want: fmt.Sprintf(`["%016x%s"]`, own.Uint64(), strings.Repeat("u", 1000+own.IntN(1<<20))), told: map[string]int{}})
		}
		all = append(all, mine...)
		clients.Go(func() {
			for _, a := range mine {
				err := a.begin(t.Context(), c)
				for at := 0; at < len(a.want) && err == nil; {
					to := min(at+1+own.IntN(400_000), len(a.want))
					err = a.patch(t.Context(), c, at, to)
					at = to
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	s.Stop()
	waitForLog(t, log, s.PID())
	var err error
	if rec.steps, err = readLog(log); err != nil || t.Failed() {
		t.Fatalf("%s: %v", log, err)
	}
	return all
}

// TestPowerCutLosesNoPartThatWasAcknowledged is TestPowerCutLosesNothing for files that
// arrive in parts: each goes on from where an answer said it was, or further, and is
// whole in the end.
func TestPowerCutLosesNoPartThatWasAcknowledged(t *testing.T) {
	cuts := times(t, "CLAIMCHECK_TEST_POWERCUTS", plainCuts)
	seed := mathrand.Uint64()
	r := mathrand.New(mathrand.NewPCG(seed, 0))
	rec := &recording{base: filepath.Dir(serverproc.Folder(t))}
	all := arrive(t, rec, r)
	t.Logf("%d cuts, seed %d; %d calls recorded", cuts, seed, len(rec.steps)/2)
	answered, keyed := map[string]bool{}, false
	disk := newReplay(rec.base, func(text []byte) {
		if _, id := answerIn(text); id != "" {
			answered[id] = true
		}
		keyed = keyed || bytes.Contains(text, []byte(rec.key))
	})
	points := rec.points(cuts, r)
	for i, s := range rec.steps {
		if err := disk.step(s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		for len(points) > 0 && points[0] == i {
			points = points[1:]
			own := r.Uint64()
			if !keyed { // nothing was promised to anybody
				continue
			}
			t.Run(fmt.Sprintf("after step %d, seed %d", i, own), func(t *testing.T) {
				base := filepath.Dir(serverproc.Folder(t))
				if _, err := disk.disk.cutPower(mathrand.New(mathrand.NewPCG(own, 0))).materialize(disk.disk.root, base); err != nil {
					t.Fatal(err)
				}
				goOn(t, base, rec.key, all, answered)
			})
		}
	}
	for _, a := range all {
		for id := range a.told {
			if !answered[id] {
				t.Error("the log does not show an answer that there was: it is not understood")
			}
		}
	}
}

// goOn starts a server on what a power cut left, and sends the rest of each file.
func goOn(t *testing.T, base, key string, all []*arrival, answered map[string]bool) {
	t.Helper()
	s := serverproc.Start(t, serverproc.Options{Data: filepath.Join(base, "data")})
	defer s.Kill()
	c := newCaller(s, key)
	for _, a := range all {
		promised := -1
		for id, offset := range a.told {
			if answered[id] {
				promised = max(promised, offset)
			}
		}
		if promised < 0 {
			continue
		}
		head := c.call(t, http.MethodHead, a.path, "", "Tus-Resumable", "1.0.0")
		at, err := strconv.Atoi(head.header.Get("Upload-Offset"))
		if err != nil || head.status != http.StatusOK || at < promised || at > len(a.want) {
			t.Fatalf("%s is at %q after the answer %d of %d: %s", a.path, head.header.Get("Upload-Offset"), promised, len(a.want), head)
		}
		if at < len(a.want) {
			rest := &arrival{want: a.want, path: a.path, told: map[string]int{}}
			if err := rest.patch(t.Context(), c, at, len(a.want)); err != nil {
				t.Fatal(err)
			}
		}
		is := c.submitFile(t, "/json-minify-api", a.key, "Prefer", "wait=25")
		if is.status != http.StatusOK {
			t.Fatalf("a job on %s: %s", a.path, is)
		}
		if got := c.download(t, decode[api.Result](t, is).File); got != a.want {
			t.Errorf("%s: %d bytes, not the %d that were sent", a.path, len(got), len(a.want))
		}
	}
	if strings.Contains(s.Log(), `"level":"ERROR"`) {
		t.Errorf("the server complains: %s", s.Log())
	}
}
