package judges_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// lroTask is what clients of google.longrunning are told to do.
type lroTask struct {
	URL   string           `json:"url"`
	Key   string           `json:"key"`
	Runs  map[string]asked `json:"runs"`
	Lists bool             `json:"lists"`
}

// An asked operation is one to be started; then is cancel, delete or empty.
type asked struct {
	Tool    string `json:"tool"`
	Content string `json:"content,omitempty"` // JSON
	URL     string `json:"url,omitempty"`
	Then    string `json:"then,omitempty"`
}

// lroTold is what the Go client prints.
type lroTold struct {
	Ends      map[string]lroEnd
	All, Open []string
	Refused   lroError
}

type lroEnd struct {
	Name               string
	Response, Metadata map[string]any
	lroError
}

type lroError struct {
	Error, Code, Message, Reason, Domain string
	HTTP                                 int
	Facts                                map[string]string
}

// byLongrunning has the REST client of cloud.google.com/go/longrunning follow operations.
func byLongrunning(t *testing.T, f lroTask) (end func() lroTold) {
	t.Helper()
	settings, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	wait := begin(t, testneeds.Foreign(t, "longrunning"), string(settings))
	return func() lroTold {
		t.Helper()
		out, _ := wait()
		return decode[lroTold](t, []byte(out))
	}
}

// An lroDesk is a server with two tools of an endpoint's, which also has a broken
// document, behind an address that outlives it, as behind a load balancer: while
// no server is there the answer is 503.
type lroDesk struct {
	*service

	t          *testing.T
	at, remote string
	args       []string

	polled, nobodyHas, refused chan struct{} // closed with the first GET of an operation, the first 503, and the first of both
	poll, nobody, refuse       func()

	mu     sync.Mutex // guards the field below
	target *url.URL   // nil while no server is there
}

func openDesk(t *testing.T, plan string) *lroDesk {
	t.Helper()
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/bad.json" {
			_, _ = io.WriteString(w, "{\n  \"a\": ]")
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(endpoint.Close)
	at, err := url.Parse(endpoint.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	yaml := fmt.Sprintf("tools: [{name: echo, target: '%s/echo'}]\nfetch: {allow_networks: [127.0.0.0/8], allow_ports: [%s]}\nplans: {default: {%s}}\n", endpoint.URL, at.Port(), plan)
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &lroDesk{t: t, remote: endpoint.URL, polled: make(chan struct{}), nobodyHas: make(chan struct{}), refused: make(chan struct{})}
	d.poll, d.nobody, d.refuse = sync.OnceFunc(func() { close(d.polled) }), sync.OnceFunc(func() { close(d.nobodyHas) }), sync.OnceFunc(func() { close(d.refused) })
	front := httptest.NewServer(d.balancer())
	t.Cleanup(front.Close)
	d.at, d.args = front.URL, []string{"--config=" + file, "--max-attempts=1", "--public-url=" + front.URL}
	s := serverproc.Start(t, serverproc.Options{Args: d.args})
	d.use(s, s.Key("ann"))
	return d
}

func (d *lroDesk) balancer() http.Handler {
	to := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.target != nil {
				r.SetURL(d.target)
			}
		},
		ModifyResponse: func(res *http.Response) error {
			refused := res.StatusCode == http.StatusServiceUnavailable
			polled := res.Request.Method == http.MethodGet && strings.Contains(res.Request.URL.Path, "/operations/")
			if refused {
				d.nobody()
			}
			if polled {
				d.poll()
			}
			if polled && refused {
				d.refuse()
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusServiceUnavailable)
			d.nobody()
		},
	}
	return testneeds.Proxy(to)
}

// use puts a server behind the address.
func (d *lroDesk) use(s *serverproc.Server, key string) {
	at, err := url.Parse(s.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.target, d.service = at, &service{s, key}
}

func (d *lroDesk) follow(runs map[string]asked) lroTask {
	return lroTask{URL: d.at, Key: d.key, Runs: runs, Lists: true}
}

// stories are an operation for each way in which one can end.
func (d *lroDesk) stories() map[string]asked {
	return map[string]asked{
		"good":   {Tool: "json-minify", Content: `{"a": 1}`},
		"slow":   {Tool: "test-sleep", Content: `"1500ms"`},
		"list":   {Tool: "echo", Content: `[1,null,{"b":[true]}]`},
		"beyond": {Tool: "echo", Content: `{"far":1e400,"long":12345678901234567890}`},
		"bad":    {Tool: "json-formatter", URL: d.remote + "/bad.json"},
		"ours":   {Tool: "test-fail", Content: `"retry"`},
		"cancel": {Tool: "test-sleep", Content: `"10m"`, Then: "cancel"},
		"delete": {Tool: "test-sleep", Content: `"10m"`, Then: "delete"},
	}
}

// wantResponses checks the ends that are successes.
func wantResponses(t *testing.T, responses map[string]map[string]any) {
	t.Helper()
	for name, want := range map[string]map[string]any{
		"good": {"status": "success", "preview": `{"a":1}`}, "slow": {"preview": "slept 1500ms"},
		"list": {"value": []any{1.0, nil, map[string]any{"b": []any{true}}}}, "beyond": {"far": "1e400", "long": 12345678901234567890.0},
	} {
		for member, value := range want {
			if got := responses[name][member]; fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("%s: %s is %v, want %v", name, member, got, value)
			}
		}
	}
}

// wantNames checks a list of operations: those that were not deleted.
func wantNames(t *testing.T, got []string, ends map[string]string) {
	t.Helper()
	delete(ends, "delete")
	if want := slices.Sorted(maps.Values(ends)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("listed: %v, want %v", got, want)
	}
}

func TestLongrunningFollowsOperations(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "")
	got := byLongrunning(t, d.follow(d.stories()))()
	responses, names := map[string]map[string]any{}, map[string]string{}
	for name, e := range got.Ends {
		responses[name], names[name] = e.Response, e.Name
	}
	wantResponses(t, responses)
	wantNames(t, got.All, names)
	if len(got.Open) != 0 || got.Refused.HTTP != http.StatusBadRequest || got.Refused.Reason != "INVALID_REQUEST" {
		t.Errorf("listed: open %v, refused %+v", got.Open, got.Refused)
	}
	if m := got.Ends["slow"].Metadata; m["tool"] != "test-sleep" || m["status"] != "success" || m["attempt"] != 1.0 {
		t.Errorf("metadata: %v", m)
	}
	bad := got.Ends["bad"]
	if bad.Code != "InvalidArgument" || bad.Reason != "INVALID_JSON" || bad.Domain != "claimcheck" || bad.Facts["line"] != "2" || bad.Facts["column"] != "8" || bad.Message != "JSON validation failed." {
		t.Errorf("bad input: %+v", bad)
	}
	if e := got.Ends["ours"]; e.Code != "Internal" || e.Reason != "INTERNAL_ERROR" {
		t.Errorf("ours: %+v", e)
	}
	if e := got.Ends["cancel"]; e.Code != "Canceled" || e.Reason != "CANCELED" {
		t.Errorf("cancelled: %+v", e)
	}
	if e := got.Ends["delete"]; e.HTTP != http.StatusNotFound || e.Reason != "JOB_NOT_FOUND" {
		t.Errorf("deleted: %+v", e)
	}
}

// TestLongrunningOutlivesTheServer: the server is killed while the client waits, and
// comes back.
func TestLongrunningOutlivesTheServer(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "")
	end := byLongrunning(t, d.follow(map[string]asked{"slow": {Tool: "test-sleep", Content: `"4s"`}}))
	<-d.polled
	d.Kill()
	<-d.nobodyHas
	d.use(serverproc.Start(t, serverproc.Options{Data: d.Data, Args: append(d.args, "--max-attempts=5")}), d.key)
	if got := end(); got.Ends["slow"].Response["preview"] != "slept 4s" || len(got.All) != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestLongrunningComesAgainBeyondALimit: it gives up at 429. Somebody else with the
// same key asks all the time until the client was refused, and then leaves it alone.
func TestLongrunningComesAgainBeyondALimit(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "status_per_minute: 60")
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-d.refused:
				return
			case <-over:
				return
			default:
				d.ask(http.MethodGet, "/v1/operations")
			}
		}
	})
	<-d.nobodyHas // the allowance is used up
	task := d.follow(map[string]asked{"slow": d.stories()["slow"]})
	task.Lists = false // a list it does not repeat
	got := byLongrunning(t, task)()
	close(over)
	others.Wait()
	select {
	case <-d.refused:
	default:
		t.Error("the client was never refused")
	}
	if got.Ends["slow"].Response["preview"] != "slept 1500ms" {
		t.Errorf("got %+v", got)
	}
}

// ask makes a call through the balancer, whatever its answer.
func (d *lroDesk) ask(method, path string) {
	d.t.Helper()
	c := serverproc.Call{Base: d.at, Key: d.key, Method: method, Path: path}
	if _, err := c.Do(d.t.Context(), http.DefaultClient); err != nil {
		d.t.Fatal(err)
	}
}

// gaxed is what gax.mjs prints.
type gaxed struct {
	Ends map[string]struct {
		gaxError
		Name               string
		Response, Metadata map[string]any
	}
	All, Open []string
	Refused   gaxError
}

type gaxError struct {
	Kind, Message, Reason string
	Code                  int // of google.rpc
}

func TestGaxFollowsOperations(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "")
	runs := d.stories()
	got := node[gaxed](t, "gax.mjs", "google-gax", map[string]any{"url": d.at, "key": d.key, "runs": runs})
	responses, names := map[string]map[string]any{}, map[string]string{}
	for name, e := range got.Ends {
		responses[name], names[name] = e.Response, e.Name
	}
	wantResponses(t, responses)
	wantNames(t, got.All, names)
	if m := got.Ends["good"].Metadata; m["tool"] != "json-minify" || m["status"] != "success" {
		t.Errorf("metadata: %v", m)
	}
	for name, want := range map[string]gaxError{
		"bad":    {Code: 3, Message: "JSON validation failed."},
		"ours":   {Code: 13, Message: "Failed to process job"},
		"cancel": {Code: 1, Message: "The job was canceled."},
		"delete": {Code: 5, Message: "Job not found", Reason: "JOB_NOT_FOUND"},
	} {
		want.Kind = "GoogleError"
		if e := got.Ends[name].gaxError; e != want {
			t.Errorf("%s: got %+v, want %+v", name, e, want)
		}
	}
	if len(got.Open) != 0 || got.Refused.Kind != "GoogleError" || got.Refused.Code != 3 || got.Refused.Reason != "INVALID_REQUEST" {
		t.Errorf("listed: open %v, refused %+v", got.Open, got.Refused)
	}
}
