package judges_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// An azure is what a generated client of Azure's is made of. It is a policy too,
// which adds the key and sees the answers.
type azure struct {
	service  *service
	pipeline runtime.Pipeline
	header   http.Header // the key's

	seen func(status int, h http.Header)

	mu       sync.Mutex // guards the field below
	statuses []int
}

func newAzure(s *service) *azure {
	c := &azure{service: s, header: http.Header{"Authorization": {"Bearer " + s.key}}, seen: func(int, http.Header) {}}
	c.pipeline = runtime.NewPipeline("judges", "v1.0.0", runtime.PipelineOptions{PerRetry: []policy.Policy{c}},
		&policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: 12, RetryDelay: 20 * time.Millisecond}})
	return c
}

// Do is called by the pipeline for each request.
func (c *azure) Do(r *policy.Request) (*http.Response, error) {
	maps.Copy(r.Raw().Header, c.header)
	res, err := r.Next()
	if err == nil {
		c.mu.Lock()
		c.statuses = append(c.statuses, res.StatusCode)
		c.mu.Unlock()
		c.seen(res.StatusCode, res.Header)
	}
	return res, err
}

// send makes a request.
func (c *azure) send(ctx context.Context, t *testing.T, url, body string) *http.Response {
	t.Helper()
	r, err := runtime.NewRequest(ctx, http.MethodPost, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetBody(streaming.NopCloser(strings.NewReader(body)), "text/plain"); err != nil {
		t.Fatal(err)
	}
	res, err := c.pipeline.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// azurePoller hands work in and makes a poller of the answer; the result is what
// the member of the status monitor says, or all of that.
func azurePoller[T any](ctx context.Context, t *testing.T, c *azure, tool, input, member string) *runtime.Poller[T] {
	t.Helper()
	res := c.send(ctx, t, c.service.URL+"/azure"+tool, input)
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		t.Fatalf("handed in: %s", res.Status)
	}
	p, err := runtime.NewPoller(res, c.pipeline, &runtime.NewPollerOptions[T]{FinalStateVia: runtime.FinalStateViaOpLocation, OperationLocationResultPath: member})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func judging(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// TestAzcoreFollowsOperations to their result, in both ways that there are of
// finding it, and asks no more than it must.
func TestAzcoreFollowsOperations(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, ""), judging(t)
	c := newAzure(s)
	result, err := azurePoller[api.Result](ctx, t, c, sleepTool, "1200ms", "result").PollUntilDone(ctx, nil)
	if err != nil || result.Status != "success" || result.Preview != "slept 1200ms" {
		t.Errorf("by the member result: %+v, %v", result, err)
	}
	if n := len(c.statuses); n < 3 || c.statuses[0] != http.StatusAccepted || slices.ContainsFunc(c.statuses[1:], func(status int) bool { return status != http.StatusOK }) {
		t.Errorf("answers: got %v, want a 202 and some 200s", c.statuses)
	}
	monitor, err := azurePoller[api.AzureOperation](ctx, t, c, formatTool, `{"a":1}`, "").PollUntilDone(ctx, nil)
	if err != nil || monitor.Status != "Succeeded" || !strings.Contains(string(monitor.Result), `"status":"success"`) || *monitor.PercentComplete != 100 {
		t.Errorf("by the status monitor: %+v, %v", monitor, err)
	}
}

func TestAzcoreTellsTheCodeOfAFailure(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, "", "--max-attempts=1"), judging(t)
	for input, code := range map[string]string{"invalid": failingCode, "retry": "INTERNAL_ERROR"} {
		c := newAzure(s)
		got, err := azurePoller[api.Result](ctx, t, c, failTool, input, "result").PollUntilDone(ctx, nil)
		var failed *azcore.ResponseError
		if !errors.As(err, &failed) || failed.ErrorCode != code || failed.StatusCode != http.StatusOK {
			t.Errorf("%s: the poller ended with %+v, %v, want %s", input, got, err, code)
		}
	}
	c := newAzure(s)
	c.header = http.Header{"X-Api-Key": {"no"}}
	res := c.send(ctx, t, s.URL+"/azure"+formatTool, "1")
	defer res.Body.Close()
	var refused *azcore.ResponseError
	if !errors.As(runtime.NewResponseError(res), &refused) || refused.ErrorCode != "UNAUTHORIZED" || refused.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong key: %+v", refused)
	}
}

func TestAzcoreSeesACancel(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, ""), judging(t)
	c := newAzure(s)
	at := ""
	c.seen = func(_ int, h http.Header) { at += h.Get("Operation-Location") }
	p := azurePoller[api.Result](ctx, t, c, sleepTool, "1h", "result")
	if _, err := p.Poll(ctx); err != nil || p.Done() {
		t.Fatalf("it is done already, %v", err)
	}
	c.send(ctx, t, at+":cancel", "").Body.Close()
	_, err := p.PollUntilDone(ctx, nil)
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.ErrorCode != "CANCELED" {
		t.Errorf("the poller ended with %v, want CANCELED", err)
	}
}

// TestAzcoreWaitsWhereItIsTooFast: a 429 is no end for it.
func TestAzcoreWaitsWhereItIsTooFast(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, "status_per_minute: 30"), judging(t)
	c := newAzure(s)
	for !slices.Contains(c.statuses, http.StatusTooManyRequests) { // on a slow machine one may be given back meanwhile
		p := azurePoller[api.Result](ctx, t, c, formatTool, "[1]", "result")
		useUp(ctx, t, s)
		if _, err := p.Poll(ctx); err != nil { // PollUntilDone would wait for longer than it must
			t.Fatal(err)
		}
		if result, err := p.PollUntilDone(ctx, nil); err != nil || result.Preview != "[\n 1\n]" {
			t.Fatalf("the poller ended with %+v, %v after %v, want the result", result, err, c.statuses)
		}
	}
}

// useUp has another client of the owner's ask until it is refused.
func useUp(ctx context.Context, t *testing.T, s *service) {
	t.Helper()
	call := serverproc.Call{Base: s.URL, Key: s.key, Method: http.MethodGet, Path: "/usage"}
	for {
		a, err := call.Do(ctx, http.DefaultClient)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status == http.StatusTooManyRequests {
			return
		}
	}
}

// TestAzcoreOutlivesTheServer: it is killed while the job runs, and another one
// goes on with it; a poller that was stored goes on too.
func TestAzcoreOutlivesTheServer(t *testing.T) {
	t.Parallel()
	f, ctx := startBehind(t), judging(t)
	c := newAzure(f.service)
	p := azurePoller[api.Result](ctx, t, c, sleepTool, "2s", "result")
	token, err := p.ResumeToken()
	if err != nil {
		t.Fatal(err)
	}
	polled := make(chan struct{})
	c.seen = func(int, http.Header) {
		select {
		case polled <- struct{}{}:
		default:
		}
	}
	type end struct {
		result api.Result
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		result, err := p.PollUntilDone(ctx, nil)
		ended <- end{result, err}
	}()
	<-polled
	f.crash()
	f.again()
	if e := <-ended; e.err != nil || e.result.Preview != "slept 2s" {
		t.Errorf("the poller ended with %+v", e)
	}
	resumed, err := runtime.NewPollerFromResumeToken[api.Result](token, c.pipeline, nil)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := resumed.PollUntilDone(ctx, nil); err != nil || result.Preview != "slept 2s" {
		t.Errorf("the stored poller ended with %+v, %v", result, err)
	}
	if jobs := decode[api.JobList](t, f.call(t, http.StatusOK, http.MethodGet, "/jobs", "")); len(jobs.Jobs) != 1 {
		t.Errorf("there are %d jobs, want 1", len(jobs.Jobs))
	}
}
