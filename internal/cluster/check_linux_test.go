package cluster_test

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A read is a status that a client was told, and when.
type read struct {
	call, ret time.Duration
	version   int64
	status    string
	body      string
}

// stale is how old an answer of a server may be that did not make the change
// itself.
const stale = 250 * time.Millisecond

// look reads a job's status at any server.
func (l *load) look(r *rand.Rand, p *piece) (is api.Status, ok bool) {
	call := time.Since(l.began)
	a, ok := l.ask(r, p, http.MethodGet, "/jobs/"+p.id, "")
	ret := time.Since(l.began)
	if !ok {
		return is, false
	}
	if a.status != http.StatusOK {
		l.c.t.Errorf("job %s, which was accepted, got %s", p.id, a)
		return is, false
	}
	is = decode[api.Status](l.c.t, a)
	tag, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(a.header.Get("ETag"), "W/"), `"`), "-")
	version, err := strconv.ParseInt(tag, 10, 64)
	if err != nil {
		l.c.t.Errorf("ETag %q has no version", a.header.Get("ETag"))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads[p.id] = append(l.reads[p.id], read{call: call, ret: ret, version: version, status: is.Status, body: string(a.body)})
	return is, true
}

// check looks for everything that was accepted.
func (l *load) check() {
	r := rand.New(rand.NewPCG(l.seed, 98))
	accepted := map[string]int64{}
	for _, p := range l.pieces {
		if !p.accepted {
			continue
		}
		accepted[p.owner]++
		if p.id != "" {
			l.checkJob(r, p)
		} else if !p.failed {
			l.checkResult(r, p, p.result)
		}
	}
	if len(accepted) == 0 || len(l.reads) == 0 {
		l.c.t.Errorf("work of %d owners was accepted, %d jobs were read: nothing is proven", len(accepted), len(l.reads))
	}
	for owner, want := range accepted {
		a, _ := l.ask(r, &piece{owner: owner}, http.MethodGet, "/usage", "")
		if got := decode[api.Usage](l.c.t, a).Jobs.Used; got != want {
			l.c.t.Errorf("%s was charged for %d, but %d were accepted", owner, got, want)
		}
	}
	if tried := l.countOf("bob"); tried > monthly && accepted["bob"] != monthly || accepted["bob"] > monthly {
		l.c.t.Errorf("bob tried %d and %d were accepted, the quota is %d", tried, accepted["bob"], monthly)
	}
	for id, list := range l.reads {
		l.checkHistory(id, list)
	}
}

func (l *load) countOf(owner string) (n int) {
	for _, p := range l.pieces {
		if p.owner == owner {
			n++
		}
	}
	return n
}

// checkJob looks for a job's outcome.
func (l *load) checkJob(r *rand.Rand, p *piece) {
	is, ok := l.look(r, p)
	for tries := 0; !ok && tries < 20 && !l.c.t.Failed(); tries++ {
		is, ok = l.look(r, p)
	}
	switch {
	case !ok:
		l.c.t.Errorf("job %s cannot be read", p.id)
	case is.Status == "success" && p.want != "":
		l.checkResult(r, p, is.Result)
	case is.Status == "failed" && p.canceled && is.Error.Code == "CANCELED":
	case is.Status == "failed" && p.want == "" && is.Error.Code == "INVALID_JSON":
	default:
		l.c.t.Errorf("job %s ended as %s %+v, its input is good: %t, it was canceled: %t", p.id, is.Status, is.Error, p.want != "", p.canceled)
	}
}

func (l *load) checkResult(r *rand.Rand, p *piece, result []byte) {
	if p.path == mirrorTool { // an endpoint's own answer, byte for byte
		if string(result) != p.want {
			l.c.t.Errorf("the result of %s (job %s) is %s, want %s", p.key, p.id, result, p.want)
		}
		return
	}
	var is api.Result
	if err := json.Unmarshal(result, &is); err != nil {
		l.c.t.Errorf("result of %s: %v: %s", p.key, err, result)
		return
	}
	renewed := false
	for range 20 {
		a, ok := l.ask(r, p, http.MethodGet, is.File, "")
		if !ok {
			continue
		}
		if p.id == "" && a.status == http.StatusForbidden && strings.Contains(string(a.body), "LINK_EXPIRED") && !renewed {
			is.File, renewed = l.renewLink(r, p), true
			continue
		}
		if a.status != http.StatusOK || string(a.body) != p.want {
			l.c.t.Errorf("the output of %s (job %s) is wrong: %s", p.key, p.id, a)
		}
		return
	}
	l.c.t.Errorf("the output of %s cannot be read", p.key)
}

// renewLink hands in once more what was answered at once. The clock was set forwards
// since, and the link of that answer has expired; the remembered answer has a new one.
func (l *load) renewLink(r *rand.Rand, p *piece) string {
	for until := time.Now().Add(fateTime); time.Now().Before(until); pause(100 * time.Millisecond) {
		a, ok := l.ask(r, p, http.MethodPost, p.path, p.body, "Idempotency-Key: "+p.key)
		if !ok || a.status == http.StatusTooManyRequests {
			continue
		}
		if a.status != http.StatusOK || a.header.Get("Idempotent-Replayed") != "true" {
			l.c.t.Errorf("%s was answered, and handed in once more got %s", p.key, a)
		}
		return decode[api.Result](l.c.t, a).File
	}
	l.c.t.Errorf("%s was answered, and handed in once more got nothing", p.key)
	return ""
}

// checkHistory: there must be an order of all reads of a job, each between its
// call (as much earlier as it may be stale) and its return, in which its version
// never goes back, one version always looks the same, and a final status is never
// left.
func (l *load) checkHistory(id string, list []read) {
	var ops []porcupine.Operation
	finals := map[string]bool{}
	statuses := map[int64]string{}
	for i, r := range list {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: nil, Call: int64(r.call - stale), Output: r.version, Return: int64(r.ret)})
		if was, ok := statuses[r.version]; ok && was != r.status {
			l.c.t.Errorf("job %s: version %d is %s and %s", id, r.version, was, r.status)
		}
		statuses[r.version] = r.status
		if r.status == "success" || r.status == "failed" {
			finals[r.status+" "+strconv.FormatInt(r.version, 10)] = true
		}
	}
	if len(finals) > 1 {
		l.c.t.Errorf("job %s has %d ends: %v", id, len(finals), finals)
	}
	model := porcupine.Model{
		Init: func() any { return int64(0) },
		Step: func(state, _, output any) (bool, any) {
			return output.(int64) >= state.(int64), output //nolint:errcheck // nothing else is recorded
		},
	}
	if !porcupine.CheckOperations(model, ops) {
		l.c.t.Errorf("job %s: its version went back: %+v", id, list)
	}
}

// checkFiles: what crashes have left over is removed by the collector, then rows
// and files agree.
func (c *chaos) checkFiles() {
	long := time.Now().Add(-2 * time.Hour) // as if the collector looked later
	folder := strings.TrimPrefix(c.blobs, "file://")
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, long, long)
	})
	if err != nil {
		c.t.Error(err)
	}
	doctor := func(flags ...string) serverproc.Result {
		return serverproc.Run(c.t, nil, append([]string{"doctor", "--json", "--store=" + c.primary.URL("chaos"), "--blobs=" + c.blobs}, flags...)...)
	}
	repaired := doctor("--repair")
	if after := doctor(); after.Code != 0 {
		c.t.Errorf("rows and files do not agree: before %s, after %s %s", repaired.Stdout, after.Stdout, after.Stderr)
	}
	var report struct{ Missing int }
	if err := json.Unmarshal([]byte(repaired.Stdout), &report); err != nil || report.Missing > 0 {
		c.t.Errorf("files are missing: %s %v", repaired.Stdout, err)
	}
}
