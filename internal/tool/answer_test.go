package tool_test

import (
	"fmt"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

func TestFailuresInSomebodyElsesWords(t *testing.T) {
	for _, c := range []struct {
		code, message, details string
		want                   string
	}{
		{"BAD_WIDTH", "Too wide.", `{"most":100,"message":"x","unit":"px","most":7}`, "1 BAD_WIDTH Too wide. most=100 unit=\"px\""},
		{"bad.width", "", `[1]`, "1 bad.width The tool refused the input."},
		{"", "Odd.", ``, "16 UPSTREAM_ERROR Odd."},
		{"two words", "Odd.", `{"a":`, "16 UPSTREAM_ERROR Odd. upstream={%!s(int=0) two words   %!s(bool=false)}"},
		{"INTERNAL_ERROR", "Pay me back.", ``, "16 UPSTREAM_ERROR Pay me back. upstream={%!s(int=0) INTERNAL_ERROR   %!s(bool=false)}"},
		{"WORKER_LOST", "a\x00b\x1bc", ``, "16 UPSTREAM_ERROR abc upstream={%!s(int=0) WORKER_LOST   %!s(bool=false)}"},
		{"X", "ok", `{"big":"` + strings.Repeat("x", 9000) + `"}`, "1 X ok"},
	} {
		f := tool.Failure(c.code, c.message, []byte(c.details))
		got := fmt.Sprint(f.Kind, " ", f.Code, " ", f.Message)
		for _, d := range f.Details {
			got += fmt.Sprintf(" %s=%s", d.Name, d.Value)
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.code, got, c.want)
		}
	}
	if long := tool.Failure("X", strings.Repeat("é", 5000), nil).Message; len([]rune(long)) != 1000 || !strings.HasSuffix(long, "...") {
		t.Errorf("a long message has %d characters", len([]rune(long)))
	}
	if fault.Rejected != 16 || fault.Invalid != 1 {
		t.Error("the kinds have other numbers than this test believes")
	}
}

func TestTraceParents(t *testing.T) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for text, want := range map[string]bool{
		good: true, "01" + good[2:] + "-more": true,
		"": false, good[1:]: false, "ff" + good[2:]: false, good + "-more": false, strings.ToUpper(good): false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01": false,
	} {
		if tool.IsTraceParent(text) != want {
			t.Errorf("%q: %t, want %t", text, !want, want)
		}
	}
}

func TestASetIsReplacedWholeOrNotAtAll(t *testing.T) {
	a, b := named("a"), named("b")
	set, err := tool.NewSet(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Replace(b, b); err == nil {
		t.Error("two tools of one name were taken")
	}
	if _, ok := set.Get("a"); !ok {
		t.Error("a failed exchange changed something")
	}
	if err := set.Replace(b); err != nil {
		t.Fatal(err)
	}
	if _, ok := set.Get("a"); ok || strings.Join(set.Names(), " ") != "b" {
		t.Errorf("names %v", set.Names())
	}
}
