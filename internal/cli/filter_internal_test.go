package cli

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is when the tests read filters.
var at = time.Date(2026, 11, 28, 15, 0, 0, 0, time.FixedZone("", 3600))

func TestTimesOfFiltersAreReadAsPeopleWriteThem(t *testing.T) {
	now := at.Unix()
	for text, want := range map[string]int64{
		"": 0, "90m": now - 5400, "24h": now - 86400, "7d": now - 7*86400, "1h30m": now - 5400, "1764338400": 1764338400,
		"2026-11-28": now - 15*3600, "2026-11-28T14:00:00Z": now, "2026-11-28T14:00:00": now - 3600, "2026-11-28 14:00": now - 3600,
	} {
		if got, err := Past("since", text, at); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"24", "0d", "-1h", "1w", "yesterday", "3661d", "99999d", "1e9", "28.11.2026", "1969-01-01", "5\x1b[2J", "d", " 1h"} {
		got, err := Past("since", text, at)
		if err == nil || !strings.HasPrefix(err.Error(), "--since: ") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: got %d, %v, want a sentence", text, got, err)
		}
	}
}

func TestFiltersAreReadBeforeAnythingIsAsked(t *testing.T) {
	f := filter{status: []string{"failed", "queued"}, tool: []string{"csv-to-json", "json-minify-api"}, code: []string{"TIMEOUT"}, metadata: []string{"a=1", "b=x=y", "c="}, since: "2d", before: "1d"}
	c, err := f.read(at)
	if err != nil || c.empty() {
		t.Fatalf("got %+v, %v", c, err)
	}
	if !slices.Equal(c.tool, []string{"csv-to-json", "json-minify"}) || !maps.Equal(c.metadata, map[string]string{"a": "1", "b": "x=y", "c": ""}) || c.before-c.after != 86400 {
		t.Errorf("got %+v", c)
	}
	if c, err := (&filter{}).read(at); err != nil || !c.empty() {
		t.Errorf("nothing: got %+v, %v", c, err)
	}
	for want, f := range map[string]filter{
		"--status: done is none of queued, processing, success, failed": {status: []string{"done"}},
		"--tool: the name of a tool is missing":                         {tool: []string{"-api"}},
		"--error: the code is missing":                                  {code: []string{""}},
		"--metadata: a must be written name=value":                      {metadata: []string{"a"}},
		"--metadata: =a must be written name=value":                     {metadata: []string{"=a"}},
		"--metadata: a is there twice":                                  {metadata: []string{"a=1", "a=2"}},
		"--before: x is no time":                                        {before: "x"},
		"--since is not earlier than --before":                          {since: "1d", before: "2d"},
	} {
		_, err := f.read(at)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
