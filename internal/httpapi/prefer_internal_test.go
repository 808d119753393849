package httpapi

import (
	"net/http"
	"testing"
	"time"
)

func TestPreferences(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  preferences
	}{
		{nil, preferences{}},
		{[]string{"respond-async"}, preferences{async: true}},
		{[]string{"respond-async, wait=20"}, preferences{async: true, waits: true, wait: 20 * time.Second}},
		{[]string{"respond-async; x=1", "wait=20"}, preferences{async: true, waits: true, wait: 20 * time.Second}},
		{[]string{`Wait = "7" ;x`, "RESPOND-ASYNC"}, preferences{async: true, waits: true, wait: 7 * time.Second}},
		{[]string{"wait=1", "wait=2"}, preferences{waits: true, wait: time.Second}},
		{[]string{"wait=x, wait=-1, wait=, wait=3"}, preferences{waits: true, wait: 3 * time.Second}},
		{[]string{"wait=0"}, preferences{waits: true}},
		{[]string{"wait=4000000000"}, preferences{waits: true, wait: maxWait * time.Second}},
		{[]string{"return=minimal, ,;,=, handling"}, preferences{}},
	} {
		if got := parsePrefer(http.Header{"Prefer": c.lines}); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.lines, got, c.want)
		}
	}
}
