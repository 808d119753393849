package dialects_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A speaker says the same things in the words of one dialect.
type speaker interface {
	// submit hands work in, and does not wait for its end longer than the dialect
	// must.
	submit(c caller, w work) answer
	// look asks how a job is.
	look(c caller, id string) answer
	// cancel asks that a job ends. That it has ended is no failure.
	cancel(c caller, id string) answer
}

// A caller is who speaks to the house.
type caller struct {
	*house
	t   *testing.T
	key string
}

// A work is what is to be done.
type work struct {
	tool    string
	source  string            // content, url or file
	input   string            // itself, an address, or the key of an upload
	json    bool              // as content it is JSON
	options map[string]string // by the header's name
	again   string            // the idempotency key, or empty
}

// An answer is what a dialect said, in words that all of them share.
type answer struct {
	id     string // of the job, where it is told
	state  string // queued, processing, success, failed; working where the dialect does not tell which; empty: refused
	code   string // of a failure or refusal
	line   string // of a failure, as line:column; empty for none
	result json.RawMessage
}

func lineOf(line, column any) string {
	if line == nil || column == nil {
		return ""
	}
	return fmt.Sprint(line) + ":" + fmt.Sprint(column)
}

// members is work as the dialects say it that have JSON bodies: the input, and by
// the name that the dialect has for it each option.
func (w work) members(t *testing.T, name func(header string) string) (input, options map[string]any) {
	t.Helper()
	input, options = map[string]any{w.source: w.input}, map[string]any{}
	if w.source == "content" && w.json {
		input["content"] = json.RawMessage(w.input)
	}
	for header, value := range w.options {
		options[name(strings.TrimPrefix(header, "x-"))] = json.Number(value)
	}
	return input, options
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
