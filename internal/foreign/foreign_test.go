package foreign_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"claimcheck/internal/foreign"
)

func TestWhatTakesATerminalOverIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"plain, ünï → 漢字 😀":          "plain, ünï → 漢字 😀",
		`C:\x1b is no escape`:        `C:\x1b is no escape`,
		"red \x1b[31m!":              `red \x1b[31m!`,
		"title \x1b]0;x\a":           `title \x1b]0;x\a`,
		"two\nlines\r\tand a tab":    `two\nlines\r\tand a tab`,
		"8-bit \u009b31m":            `8-bit \u009b31m`,
		"raw \x9b31m \xff":           `raw \x9b31m \xff`,
		"back \u202egnp.exe":         `back \u202egnp.exe`,
		"zero\u200bwidth \u2028end":  `zero\u200bwidth \u2028end`,
		"tag \U000e0041":             `tag \U000e0041`,
		"replaced \ufffd":            "replaced \ufffd",
		"del \x7f nul \x00":          `del \x7f nul \x00`,
		"a space that is wide\u00a0": "a space that is wide\u00a0",
	} {
		if got := fmt.Sprint(foreign.Text(text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
		if got := foreign.Text(text).Raw(); got != text {
			t.Errorf("%q: raw it is %q", text, got)
		}
	}
}

func TestJSONMeansTheSame(t *testing.T) {
	for _, text := range []string{
		`{"a": "\u001b[31m \u202e \u009b and \\ and \"", "b": [1, null]}`, "[\n \"\u009b31m\",\t\"\u202e\U000e0041 \x7f 😀\"\r\n]", `"plain"`, "\"\ufffd\"",
	} {
		got := foreign.JSON([]byte(text))
		var is, was any
		if err := json.Unmarshal([]byte(text), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &is); err != nil || !reflect.DeepEqual(is, was) {
			t.Errorf("%q became %q: %v, %v", text, got, is, err)
		}
	}
	if got := foreign.JSON([]byte("\"\x9b31m\"")); got != `"\ufffd31m"` {
		t.Errorf("broken encoding became %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("red \x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{foreign.Text(text).String(), foreign.JSON([]byte(text))} {
			if i := strings.IndexFunc(got, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }); i >= 0 {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
