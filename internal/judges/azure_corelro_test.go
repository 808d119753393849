package judges_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
)

// operated is what azure.mjs prints.
type operated struct {
	Answers []struct {
		Method, Path string
		Status       int
		Said         string // the member status
	}
	Result       json.RawMessage
	Error, State string
}

func operation(s *service, tool, input string, more map[string]any) map[string]any {
	settings := map[string]any{"url": s.URL + "/azure" + tool, "key": s.key, "body": input}
	maps.Copy(settings, more)
	return settings
}

func operateByCoreLRO(t *testing.T, s *service, tool, input string, more map[string]any) operated {
	t.Helper()
	return node[operated](t, "azure.mjs", "@azure/core-lro", operation(s, tool, input, more))
}

// TestCoreLROFollowsOperations to their result, in both ways that there are of
// finding it, without a request to anything but the status monitor.
func TestCoreLROFollowsOperations(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, config := range []string{"", "operation-location"} {
		more := map[string]any{"pick": "result"}
		if config != "" {
			more["config"] = config
		}
		p := operateByCoreLRO(t, s, sleepTool, "1200ms", more)
		if is := decode[api.Result](t, p.Result); p.State != "succeeded" || p.Error != "" || is.Preview != "slept 1200ms" {
			t.Errorf("%q: the poller ended with %+v", config, p)
		}
		last := len(p.Answers) - 1
		if last < 2 || p.Answers[0].Status != http.StatusAccepted || p.Answers[last].Said != "Succeeded" {
			t.Errorf("%q: got %+v, want the submission and some polls", config, p.Answers)
		}
		for _, a := range p.Answers[1:] {
			if a.Method != http.MethodGet || a.Status != http.StatusOK || !strings.HasPrefix(a.Path, "/azure/operations/") {
				t.Errorf("%q: it asked %+v", config, a)
			}
		}
	}
	p := operateByCoreLRO(t, s, formatTool, "[1]", nil)
	if is := decode[api.AzureOperation](t, p.Result); p.State != "succeeded" || is.Status != "Succeeded" || !strings.Contains(string(is.Result), "success") {
		t.Errorf("by the status monitor: %+v", p)
	}
}

// TestCoreLROTellsTheCodeOfAFailure: and its message, and nothing undefined.
func TestCoreLROTellsTheCodeOfAFailure(t *testing.T) {
	t.Parallel()
	s := start(t, "", "--max-attempts=1")
	for input, says := range map[string]string{"invalid": failingCode + ". Test failed as asked.", "retry": "INTERNAL_ERROR. "} {
		p := operateByCoreLRO(t, s, failTool, input, nil)
		if p.State != "failed" || !strings.Contains(p.Error, says) || strings.Contains(p.Error, "undefined") {
			t.Errorf("%s: the poller ended with %+v, want %s", input, p, says)
		}
	}
}

func TestCoreLROSeesACancel(t *testing.T) {
	t.Parallel()
	p := operateByCoreLRO(t, start(t, ""), sleepTool, "1h", map[string]any{"cancel": true})
	if last := p.Answers[len(p.Answers)-1]; p.State != "canceled" || !strings.Contains(p.Error, "canceled") || last.Said != "Canceled" {
		t.Errorf("the poller ended with %+v", p)
	}
}

// TestCoreLROOutlivesTheServer: it is killed while the job runs.
func TestCoreLROOutlivesTheServer(t *testing.T) {
	t.Parallel()
	f := startBehind(t)
	end := beginNode[operated](t, "azure.mjs", "@azure/core-lro", operation(f.service, sleepTool, "2s", map[string]any{"pick": "result"}))
	f.until("it polls", func() bool {
		return strings.Contains(string(f.call(t, http.StatusOK, http.MethodGet, "/jobs?status=processing", "")), `"processing"`)
	})
	f.crash()
	f.again()
	if p := end(); p.State != "succeeded" || decode[api.Result](t, p.Result).Preview != "slept 2s" {
		t.Errorf("the poller ended with %+v", p)
	}
	if jobs := decode[api.JobList](t, f.call(t, http.StatusOK, http.MethodGet, "/jobs", "")); len(jobs.Jobs) != 1 {
		t.Errorf("there are %d jobs, want 1", len(jobs.Jobs))
	}
}
