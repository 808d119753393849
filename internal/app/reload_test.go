package app_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// reload asks for it and waits until the log tells.
func (f *fixture) reload(yaml, says string) {
	f.t.Helper()
	f.configure(yaml)
	before := strings.Count(f.log.String(), says)
	f.hup <- nil
	f.until(says, func() bool { return strings.Count(f.log.String(), says) > before })
}

// paths are the tools that the description lists, without those that are built in.
func (f *fixture) paths() []string {
	f.t.Helper()
	var doc struct {
		Paths map[string]struct {
			Post struct{ Parameters []struct{ Name string } }
		}
	}
	f.call("GET", "/openapi.json", "").decode(f.t, &doc)
	var list []string
	builtIn := withDataTools()
	for path, item := range doc.Paths {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(path, "/"), "-api"); ok && name != "upload" && !slices.Contains(builtIn, name) && !strings.Contains(name, "{") { // of no single tool
			for _, p := range item.Post.Parameters {
				if p.Name != "" && p.Name != "x-source-type" {
					name += " " + p.Name
				}
			}
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

const (
	reloaded    = `"msg":"configuration reloaded"`
	notReloaded = "configuration not reloaded, nothing has changed"
)

func TestToolsAndPlansAreReloaded(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, configOf(s, "headers: [x-width]")+"plans:\n  small: {max_input_bytes: 4}\n")
	small := f.newKey(auth.NewKey{Owner: "bob", Plan: "small"})
	if got := f.paths(); !slices.Equal(got, []string{"thumb x-width"}) {
		t.Errorf("described are %v", got)
	}
	f.want("within the plan", f.call("POST", "/thumb-api", "1234", "x-api-key", small), 200, "")
	f.want("beyond the plan", f.call("POST", "/thumb-api", "12345", "x-api-key", small), 413, "PAYLOAD_TOO_LARGE")

	f.reload("tools:\n  - name: late\n    target: "+s.URL+"\nplans:\n  small: {max_input_bytes: 5}\nlease: 40s\nfetch: {allow_ports: [81]}\n", reloaded)
	f.want("a tool that is gone", f.call("POST", "/thumb-api", "1", "x-api-key", small), 404, "NOT_FOUND")
	f.want("a tool that is new", f.call("POST", "/late-api", "12345", "x-api-key", small), 200, "")
	if got := f.paths(); !slices.Equal(got, []string{"late"}) {
		t.Errorf("described are %v", got)
	}
	f.until("a restart", func() bool { return strings.Contains(f.log.String(), "need a restart") })
	if !strings.Contains(f.log.String(), `"settings":["lease","fetch.allow_ports"]`) {
		t.Errorf("the log says %s, want it to name the lease and the ports as they stand in the file", f.log)
	}
}

func TestABadFileChangesNothing(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	good := configOf(s) + "plans:\n  small: {max_input_bytes: 4}\n"
	f := serve(t, good)
	small := f.newKey(auth.NewKey{Owner: "bob", Plan: "small"})
	for _, c := range []struct{ yaml, why string }{
		{"tools:\n  - name: late\n    target: " + s.URL + "\nplans:\n  small: {max_input_bytes: none}\n", "max_input_bytes"},
		{"plans:\n  small: {max_input_bytes: 9}\ntools:\n  - name: late\n    target: ftp://x\n", "target"},
		{"plans:\n  small: {max_input_bytes: 9}\ntools:\n  - {name: late, mode: pull}\n  - name: late\n    target: " + s.URL + "\n", "late"},
		{"tools:\n  - name: late\n    target: " + s.URL + "\n    secret_headers: {x: env:NONE}\n", "NONE"},
		{"tools:\n  - {name: late, mode: pull}\n  - {name: upload, mode: pull}\n", "the path /upload-api is taken"},
		{"{", "YAML"},
	} {
		before := len(f.log.String())
		f.reload(c.yaml, notReloaded)
		if said := f.log.String()[before:]; !strings.Contains(said, c.why) {
			t.Errorf("the log says %s, want it to name %s", said, c.why)
		}
		f.want("the old tool", f.call("POST", "/thumb-api", "1234", "x-api-key", small), 200, "")
		f.want("the old plan", f.call("POST", "/thumb-api", "12345", "x-api-key", small), 413, "PAYLOAD_TOO_LARGE")
		f.want("no new tool", f.call("POST", "/late-api", "1"), 404, "NOT_FOUND")
	}
	f.reload(good, reloaded)
}

// TestWaitingJobsFollowTheirTool: jobs that wait when their tool becomes one
// for remote programs are given to these.
func TestWaitingJobsFollowTheirTool(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		<-goOn
		saysJSON(`1`)(n, w, r)
	})
	f := serve(t, "workers: 1\n"+configOf(s))
	ids := []string{f.submit("thumb", "in"), f.submit("thumb", "in"), f.submit("thumb", "in")}
	f.until("the first runs", func() bool { return len(s.all()) == 1 })
	f.reload("workers: 1\ntools:\n  - name: thumb\n    mode: pull\n", reloaded)
	key := f.workKey("thumb")
	var leases []api.WorkLease
	for len(leases) < 2 {
		got := f.claim(key, `{"max":9,"wait":20}`)
		if len(got) == 0 {
			t.Fatalf("%d leases, want the two that wait", len(leases))
		}
		leases = append(leases, got...)
	}
	for _, l := range leases {
		f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":2}`, "x-api-key", key), 204, "")
	}
	close(goOn)
	for _, id := range ids {
		if is := f.finished(id); is.Status != "success" {
			t.Errorf("%+v", is.Error)
		}
	}
	f.reload("workers: 1\n"+configOf(s), reloaded)
	if is := f.finished(f.submit("thumb", "in")); is.Status != "success" {
		t.Errorf("%+v", is)
	}
}

// TestReloadingUnderLoad: no call is refused and no job forgotten while the
// configuration changes again and again.
func TestReloadingUnderLoad(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, "workers: 4\n"+configOf(s, "max_running: 2"))
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if a := f.call("POST", "/thumb-api", "in"); a.status != http.StatusOK {
					t.Errorf("got %d %s", a.status, a.body)
				}
			}
		})
	}
	for i := range 12 {
		f.reload("workers: 4\n"+configOf(s, "max_running: "+strconv.Itoa(1+i%3)), reloaded)
	}
	close(stop)
	all.Wait()
	var u api.Usage
	f.until("nothing is left", func() bool {
		f.call("GET", "/usage", "").decode(t, &u)
		return u.Queued == 0 && u.Running == 0
	})
	if int(u.Jobs.Used) != len(s.all()) {
		t.Errorf("%d jobs, %d requests", u.Jobs.Used, len(s.all()))
	}
}
