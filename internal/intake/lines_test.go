package intake_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// choosy is a tool whose inputs must not have the word no in them.
type choosy struct{ echo }

func (choosy) Spec() tool.Spec {
	return tool.Spec{Name: "choosy", JSONInput: true, CheckInput: func(_ context.Context, input io.Reader) error {
		text, err := io.ReadAll(input)
		if err == nil && strings.Contains(string(text), "no") {
			return fault.New(fault.Invalid, "INVALID_INPUT", "It says no.").With("errors", []string{"no"})
		}
		return err
	}}
}

// A lineRead is what Next said of a line.
type lineRead struct {
	number int
	text   string // of its input, or the code of its refusal
}

func readLines(t *testing.T, r intake.Request, body string) (all []lineRead) {
	t.Helper()
	in := newIntake(t)
	o, err := in.Begin(r)
	if err != nil {
		t.Fatal(err)
	}
	l, err := in.TakeLines(t.Context(), o, intake.Body{From: strings.NewReader(body), Length: -1, Type: "application/x-ndjson; charset=utf-8"}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ids := map[job.ID]bool{}
	for n := l.Len(); ; n-- {
		one, number, err := l.Next(t.Context())
		if errors.Is(err, io.EOF) {
			if n != 0 {
				t.Errorf("%d lines were not read", n)
			}
			return all
		}
		if err != nil {
			all = append(all, lineRead{number, fault.Of(err).Code})
			continue
		}
		if ids[one.ID] || one.Key != "" || one.Source != intake.FromBody || one.Owner != "ann" {
			t.Errorf("line %d is %+v", number, one)
		}
		ids[one.ID] = true
		text, err := one.Input.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lineRead{number, string(b)})
		one.Input.Discard()
	}
}

func TestLinesAreReadOneByOne(t *testing.T) {
	long := `["` + strings.Repeat("x", 70_000) + `"]`
	for name, c := range map[string]struct {
		tool tool.Tool
		body string
		want []lineRead
	}{
		"one":                     {echo{json: true}, "1", []lineRead{{1, "1"}}},
		"the end of a line":       {echo{json: true}, "1\n2\r\n3", []lineRead{{1, "1"}, {2, "2"}, {3, "3"}}},
		"blank":                   {echo{json: true}, "\n\r\n \t\n1\n\n\n2 \t\r\n\n", []lineRead{{4, "1"}, {7, "2"}}},
		"mark":                    {echo{json: true}, "\uFEFF1\n", []lineRead{{1, "1"}}},
		"a mark later":            {echo{json: true}, "1\n\uFEFF1\n2", []lineRead{{1, "1"}, {2, "INVALID_JSON"}, {3, "2"}}},
		"in files":                {echo{json: true}, long + "\n2\n" + long, []lineRead{{1, long}, {2, "2"}, {3, long}}},
		"too long":                {echo{json: true}, "1\n" + long + long + "\n3", []lineRead{{1, "1"}, {2, "PAYLOAD_TOO_LARGE"}, {3, "3"}}},
		"two values":              {echo{json: true}, "1 2\n{}{}\n[1],\n", []lineRead{{1, "INVALID_JSON"}, {2, "INVALID_JSON"}, {3, "INVALID_JSON"}}},
		"cut off":                 {echo{json: true}, "{\"a\":\n1}\n" + long[:60_000] + "\ntru\n", []lineRead{{1, "INVALID_JSON"}, {2, "INVALID_JSON"}, {3, "INVALID_JSON"}, {4, "INVALID_JSON"}}},
		"a name twice":            {echo{json: true}, `{"a":1,"a":2}`, []lineRead{{1, `{"a":1,"a":2}`}}},
		"a text":                  {echo{}, `{"content":"a\nb"}` + "\n" + `{"content":1}` + "\n" + `{"content":""}`, []lineRead{{1, "a\nb"}, {2, `{"content":1}`}, {3, "INVALID_REQUEST"}}},
		"what a schema refuses":   {choosy{}, `"yes"` + "\n" + `"no"` + "\n" + `"yes"`, []lineRead{{1, `"yes"`}, {2, "INVALID_INPUT"}, {3, `"yes"`}}},
		"more than a buffer ends": {echo{json: true}, strings.Repeat(" ", 4095) + "\n1" + strings.Repeat(" ", 4096) + "\n" + strings.Repeat(" ", 5000) + "2", []lineRead{{2, "1"}, {3, strings.Repeat(" ", 5000) + "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			r.Tool, r.Plan, r.Key = c.tool, account.Plan{MaxInputBytes: 100_000}, []string{"k"}
			got := readLines(t, r, c.body)
			if len(got) != len(c.want) {
				t.Fatalf("%d lines, want %d", len(got), len(c.want))
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %d %.60q, want %d %.60q", got[i].number, got[i].text, c.want[i].number, c.want[i].text)
				}
			}
		})
	}
}

func TestOtherDialectsTakeNoLines(t *testing.T) {
	for dialect, says := range map[string]string{"azure": "x-source-type must be body, url or file.", "": "x-source-type must be body, url, file or lines."} {
		r := request()
		r.Dialect, r.Source = dialect, "lines"
		if dialect == "" {
			r.Source = "line"
		}
		_, err := newIntake(t).Begin(r)
		if e := fault.Of(err); e == nil || e.Code != "INVALID_SOURCE_TYPE" || e.Message != says {
			t.Errorf("%q: %v, want %q", dialect, err, says)
		}
	}
}
