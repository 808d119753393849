package data_test

import (
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/fault"
)

func TestPositionsCountLinesAndCodePoints(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]data.Position{
		"":                       {1, 1},
		"abc":                    {1, 4},
		"a\nb":                   {2, 2},
		"a\r\n":                  {2, 1},
		"é🙂x":                    {1, 4},
		"0123456789é🙂\u4f60\n🙂é": {2, 3},
	} {
		if got := data.Start.After([]byte(text)); got != want {
			t.Errorf("after %q: %v, want %v", text, got, want)
		}
	}
}

func TestAMistakeHasOneMessageAndAReason(t *testing.T) {
	t.Parallel()
	e := fault.Of(data.Invalid("JSON", data.Position{Line: 2, Column: 5}, "Expected %s.", "a value"))
	if e.Kind != fault.Invalid || e.Code != "INVALID_JSON" || e.Message != "JSON validation failed." {
		t.Errorf("the fault is %v %s %q", e.Kind, e.Code, e.Message)
	}
	want := []fault.Detail{{Name: "line", Value: 2}, {Name: "column", Value: 5}, {Name: "reason", Value: "Expected a value."}}
	for i, d := range e.Details {
		if d != want[i] {
			t.Errorf("detail %d is %v, want %v", i, d, want[i])
		}
	}
}
