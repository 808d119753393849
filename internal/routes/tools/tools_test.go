package tools_test

import (
	"encoding/json"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

// described is a tool in the words of the API.
func described(t *testing.T, s *tool.Spec, plan account.Plan) string {
	t.Helper()
	b, err := json.Marshal(tools.Describe(s, 10*time.Minute, plan))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestABuiltInToolIsDescribed(t *testing.T) {
	spec := datatool.Tools()[0].Spec()
	const want = `{"name":"json-formatter","path":"/json-formatter-api","summary":"Pretty-prints JSON.","mode":"builtin","extensions":["txt","json","log"],` +
		`"input":{"json":true,"content_types":["application/json"]},"output":{"extension":"json","content_type":"application/json"},` +
		`"options":[{"header":"x-tab-space","kind":"integer","default":"1","min":0,"max":16,"summary":"Spaces per level; 0 breaks lines without indenting them."}],` +
		`"limits":{"max_bytes":100,"timeout_seconds":600},"paused":false}`
	if got := described(t, &spec, account.Plan{MaxInputBytes: 100}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEachKindOfOptionIsDescribed(t *testing.T) {
	spec := tool.Spec{Name: "x", Mode: tool.Pull, AnyOutput: true, OutputExt: "bin", ContentType: "application/octet-stream", Options: []tool.Option{
		{Header: "x-i", Kind: tool.Int, Min: 1, Max: 9, Summary: "I."},
		{Header: "x-b", Kind: tool.Bool, Default: "true", Summary: "B."},
		{Header: "x-c", Kind: tool.Choice, Choices: []string{"a", "b"}, Required: true, Summary: "C."},
		{Header: "x-t", Kind: tool.Text, Default: "root", Summary: "T."},
		{Header: "x-p", Kind: tool.Passed, Summary: "P."},
	}}
	const want = `{"name":"x","path":"/x-api","summary":"","mode":"pull","extensions":[],"input":{"json":false,"content_types":[]},"output":{},"options":[` +
		`{"header":"x-i","kind":"integer","min":1,"max":9,"summary":"I."},` +
		`{"header":"x-b","kind":"boolean","default":"true","summary":"B."},` +
		`{"header":"x-c","kind":"choice","required":true,"choices":["a","b"],"summary":"C."},` +
		`{"header":"x-t","kind":"text","default":"root","min":0,"max":64,"summary":"T."},` +
		`{"header":"x-p","kind":"text","min":0,"max":256,"summary":"P."}],` +
		`"limits":{"max_bytes":0,"timeout_seconds":600},"paused":false}`
	if got := described(t, &spec, account.Plan{}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLimitsAreTheToolsAndThePlans(t *testing.T) {
	for _, c := range []struct {
		tool, plan, want int64
		timeout          time.Duration
		seconds          int64
	}{
		{0, 0, 0, 0, 600},
		{5, 0, 5, time.Second, 1},
		{0, 7, 7, 1500 * time.Millisecond, 2},
		{5, 7, 5, time.Millisecond, 1},
		{7, 5, 5, time.Hour, 3600},
	} {
		spec := tool.Spec{Name: "x", MaxBytes: c.tool, Timeout: c.timeout}
		got := tools.Describe(&spec, 10*time.Minute, account.Plan{MaxInputBytes: c.plan}).Limits
		if got.MaxBytes != c.want || got.TimeoutSeconds != c.seconds {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
}
