package google

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "20s": 20 * time.Second, "1.5s": 1500 * time.Millisecond, "0.000000001s": 1, "03s": 3 * time.Second, "315576000000s": math.MaxInt64, "9223372036s": math.MaxInt64,
	} {
		if got, ok := duration(text); !ok || got != want {
			t.Errorf("%s: got %s, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "s", "20", "-1s", "+1s", "1.s", ".5s", "1.0000000001s", "1e3s", "1h", " 1s", "315576000001s", strings.Repeat("9", 30) + "s", "1.5.5s", "1_0s"} {
		if got, ok := duration(text); ok {
			t.Errorf("%q: got %s", text, got)
		}
	}
}

// TestEveryCodeHasAName: also those of statuses of which no table knows.
func TestEveryCodeHasAName(t *testing.T) {
	for status := 400; status < 600; status++ {
		if name := codeOf(status).String(); name == "" {
			t.Errorf("%d: code %d has no name", status, codeOf(status))
		}
	}
}

func TestCodesOfFailedJobs(t *testing.T) {
	for text, want := range map[string]code{
		`{"code":"INVALID_CSV","message":"No.","details":{"line":1}}`:             invalidArgument,
		`{"code":"CANCELED","message":"No."}`:                                     canceled,
		`{"code":"TIMEOUT","message":"No."}`:                                      deadlineExceeded,
		`{"code":"EXPIRED","message":"No."}`:                                      deadlineExceeded,
		`{"code":"WORKER_LOST","message":"No."}`:                                  unavailable,
		`{"code":"INTERNAL_ERROR","message":"No."}`:                               internal,
		`{"code":"URL_FETCH_FAILED","message":"No."}`:                             unavailable,
		`{"code":"FILE_NOT_FOUND","message":"No."}`:                               notFound,
		`{"code":"FILE_TOO_LARGE","message":"No."}`:                               invalidArgument,
		`{"code":"THEIRS","message":"No.","details":{"upstream":{"status":403}}}`: permissionDenied,
		`{"code":"THEIRS","message":"No.","details":{"upstream":{"status":402}}}`: failedPrecondition,
		`broken`: internal,
	} {
		j := &job.Job{Status: job.Failed, Error: []byte(text)}
		var got struct {
			Error struct {
				Code    code
				Message string
			}
			Done bool
		}
		if err := json.Unmarshal(Words{}.Status(dialect.View{Job: j}), &got); err != nil || got.Error.Code != want || got.Error.Message == "" || !got.Done {
			t.Errorf("%s: got %+v, %v; want %d", text, got, err, want)
		}
	}
}

func TestDetailsAreTexts(t *testing.T) {
	f := dialect.FailureOf(fault.New(fault.Invalid, "X", "a <b> \xff").With("limit", int64(1)<<40).With("reason", "b \"c\"").With("allowed", []string{"json"}).With("raw", json.RawMessage(`"t"`)))
	_, body := Words{}.Failed(f, nil)
	var e struct {
		Error struct {
			Details []struct{ Metadata map[string]string }
		}
	}
	if err := json.Unmarshal(body, &e); err != nil || !jsontext.Value(body).IsValid() {
		t.Fatalf("%v in %s", err, body)
	}
	if m := e.Error.Details[0].Metadata; m["limit"] != "1099511627776" || m["reason"] != `b "c"` || m["allowed"] != `["json"]` || m["raw"] != "t" {
		t.Errorf("got %v", m)
	}
}

// TestDeepValuesEndInText: readers of protobuf have a limit of their own, and refuse
// the whole operation.
func TestDeepValuesEndInText(t *testing.T) {
	for name, c := range map[string]struct{ begin, inner, end string }{
		"lists":   {"[", "1", "]"},
		"objects": {`{"a":`, `"b"`, "}"},
	} {
		deep := func(n int) string { return strings.Repeat(c.begin, n) + c.inner + strings.Repeat(c.end, n) }
		if got := string(fitting([]byte(deep(maxDepth)))); got != deep(maxDepth) {
			t.Errorf("%s: what fits was touched: %.100s", name, got)
		}
		got := fitting([]byte(deep(maxDepth + 2)))
		if !fits(got) {
			t.Errorf("%s: does not fit: %.100s", name, got)
		}
		var v any
		if err := json.Unmarshal(got, &v); err != nil {
			t.Fatal(err)
		}
		for range maxDepth {
			switch in := v.(type) {
			case []any:
				v = in[0]
			case map[string]any:
				v = in["a"]
			}
		}
		if text, ok := v.(string); !ok || text != deep(2) {
			t.Errorf("%s: ends in %v, want the text %s", name, v, deep(2))
		}
	}
}

// FuzzFitting: what is JSON becomes a value that readers of protobuf's JSON take,
// and what they take is not touched.
func FuzzFitting(f *testing.F) {
	for _, text := range []string{`{"a":1,"a":{"b":1e999}}`, `["\ud800"]`, "\"\xff\"", `[1e308,-0,1E+400]`, `{}`, ` [ ] `, `null`, `0`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) {
			return
		}
		got := fitting(value)
		if !fits(got) {
			t.Errorf("%q became %q", value, got)
		}
		if fits(value) && string(got) != string(value) {
			t.Errorf("%q was touched: %q", value, got)
		}
		if r := response(value); !jsontext.Value(r).IsValid() {
			t.Errorf("%q: response %q", value, r)
		}
	})
}
