package judges_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"claimcheck/api"
)

// A keyed policy adds the key to each request of a pipeline and keeps the
// statuses of the answers.
type keyed struct {
	key string

	mu       sync.Mutex // guards the field below
	statuses []int
}

// Do is called by the pipeline for each request.
func (k *keyed) Do(r *policy.Request) (*http.Response, error) {
	r.Raw().Header.Set("x-api-key", k.key)
	res, err := r.Next()
	if err == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.statuses = append(k.statuses, res.StatusCode)
	}
	return res, err
}

// azcorePoller hands work in and makes a poller of the answer, as generated
// Azure clients do.
func azcorePoller(ctx context.Context, t *testing.T, s *service, tool, input string) (*runtime.Poller[api.Result], *keyed) {
	t.Helper()
	k := &keyed{key: s.key}
	pipeline := runtime.NewPipeline("judges", "v1.0.0", runtime.PipelineOptions{PerRetry: []policy.Policy{k}},
		&policy.ClientOptions{Retry: policy.RetryOptions{RetryDelay: time.Millisecond, MaxRetryDelay: time.Millisecond}})
	r, err := runtime.NewRequest(ctx, http.MethodPost, s.URL+tool)
	if err != nil {
		t.Fatal(err)
	}
	r.Raw().Header.Set("Prefer", "respond-async")
	if err := r.SetBody(streaming.NopCloser(strings.NewReader(input)), "text/plain"); err != nil {
		t.Fatal(err)
	}
	res, err := pipeline.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	p, err := runtime.NewPoller[api.Result](res, pipeline, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, k
}

// TestAzcorePollsSubmissionToItsEnd is in time only if every unfinished answer
// has Retry-After: the poller waits 30 s where there is none.
func TestAzcorePollsSubmissionToItsEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	p, k := azcorePoller(ctx, t, start(t, ""), sleepTool, "1500ms")
	got, err := p.PollUntilDone(ctx, nil)
	if err != nil || got.Status != "success" || got.Preview != "slept 1500ms" {
		t.Errorf("the poller ended with %+v, %v", got, err)
	}
	last := len(k.statuses) - 1
	if last < 2 || k.statuses[last] != http.StatusOK {
		t.Fatalf("answers: got %v, want 202s and a 200", k.statuses)
	}
	for _, status := range k.statuses[:last] {
		if status != http.StatusAccepted {
			t.Errorf("answers: got %v, want 202s and a 200", k.statuses)
		}
	}
}

func TestAzcoreReportsFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	p, _ := azcorePoller(ctx, t, start(t, ""), failTool, "invalid")
	got, err := p.PollUntilDone(ctx, nil)
	var refused *azcore.ResponseError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusBadRequest || !strings.Contains(err.Error(), failingCode) {
		t.Errorf("the poller ended with %+v, %v, want a 400 with %s", got, err, failingCode)
	}
}

// TestAzcoreEndsAfterFailuresOfOurs: azcore takes 408, 429 and 5xx for passing
// trouble and asks again until its context ends, so that a finished job never
// answers them.
func TestAzcoreEndsAfterFailuresOfOurs(t *testing.T) {
	t.Parallel()
	s := start(t, "", "--max-attempts=1")
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	p, k := azcorePoller(ctx, t, s, failTool, "retry")
	_, err := p.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: 50 * time.Millisecond})
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.StatusCode != http.StatusFailedDependency || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
		t.Errorf("the poller ended with %v, want a 424 with INTERNAL_ERROR", err)
	}
	finals := 0
	for _, status := range k.statuses {
		if status != http.StatusAccepted {
			finals++
		}
	}
	if finals != 1 {
		t.Errorf("answers: got %v, want 202s and one 424", k.statuses)
	}
}
