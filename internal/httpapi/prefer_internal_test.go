package httpapi

import (
	"net/http"
	"testing"
	"time"

	"claimcheck/internal/intake"
)

func TestPreferences(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  intake.Wish
	}{
		{nil, intake.Wish{}},
		{[]string{"respond-async"}, intake.Wish{Async: true}},
		{[]string{"respond-async, wait=20"}, intake.Wish{Async: true, Waits: true, Wait: 20 * time.Second}},
		{[]string{"respond-async; x=1", "wait=20"}, intake.Wish{Async: true, Waits: true, Wait: 20 * time.Second}},
		{[]string{`Wait = "7" ;x`, "RESPOND-ASYNC"}, intake.Wish{Async: true, Waits: true, Wait: 7 * time.Second}},
		{[]string{"wait=1", "wait=2"}, intake.Wish{Waits: true, Wait: time.Second}},
		{[]string{"wait=x, wait=-1, wait=, wait=3"}, intake.Wish{Waits: true, Wait: 3 * time.Second}},
		{[]string{"wait=0"}, intake.Wish{Waits: true}},
		{[]string{"wait=4000000000"}, intake.Wish{Waits: true, Wait: intake.MaxWait}},
		{[]string{"return=minimal, ,;,=, handling"}, intake.Wish{}},
	} {
		if got := parsePrefer(http.Header{"Prefer": c.lines}); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.lines, got, c.want)
		}
	}
}
