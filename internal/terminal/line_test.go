package terminal_test

import (
	"strings"
	"testing"

	"claimcheck/internal/terminal"
)

func TestTheFirstLineIsTheSecret(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\n": "a", " a\r\nb\n": "a", strings.Repeat("x", 4095) + "\n": strings.Repeat("x", 4095)} {
		if got, err := terminal.Line(strings.NewReader(in)); err != nil || got != want {
			t.Errorf("%.20q: got %.20q, %v", in, got, err)
		}
	}
	if _, err := terminal.Line(strings.NewReader(strings.Repeat("x", 5000))); err == nil {
		t.Error("a line without end: want an error")
	}
}
