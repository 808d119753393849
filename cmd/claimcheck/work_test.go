package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"testing"

	"claimcheck/api"
)

// inlineBytes is up to where inputs and outputs are in the database; larger
// ones are files.
const inlineBytes = 32 << 10

// A piece is one piece of work handed in under load, and what is known of it.
type piece struct {
	id    string // X-Request-Id
	key   string // Idempotency-Key, or empty
	path  string
	async bool
	body  []byte
	want  string // the right output; empty if the body is broken in line 2, column 6

	got      *answer // nil until an answer arrived
	attempts int     // calls made
}

// newPiece returns random work: valid or not, small or so large that files are
// needed, synchronous or not.
func newPiece(r *rand.Rand) *piece {
	if r.IntN(3) == 0 {
		return equalPiece(r)
	}
	p := &piece{id: uuid(r), async: r.IntN(2) == 0, path: []string{formatter, "/json-minify-api", "/json-validator-api"}[r.IntN(3)]}
	size := []int{20, 500, 5_000, inlineBytes - 2_000, inlineBytes + 2_000, 3 * inlineBytes}[r.IntN(6)]
	p.body = document(r, size)
	if r.IntN(3) > 0 || size >= inlineBytes-2_000 { // what may leave files is asked again until its fate is known
		p.key = "key-" + p.id
	}
	if r.IntN(5) == 0 {
		p.body = append([]byte("[1,\n\"bad\": "), p.body...)
		return p
	}
	var out bytes.Buffer
	if p.path == "/json-minify-api" {
		_ = json.Compact(&out, p.body) // it was made valid
	} else {
		_ = json.Indent(&out, p.body, "", " ") // it was made valid
	}
	p.want = out.String()
	return p
}

// equalPiece returns work whose input others have, too: jobs that wait with the
// input of one that ran when the process died. Some take their time, so that a
// kill finds them running.
func equalPiece(r *rand.Rand) *piece {
	p := &piece{id: uuid(r), async: r.IntN(3) > 0, path: "/json-minify-api", body: []byte("[ 1, \"equal\" ]"), want: `[1,"equal"]`}
	if r.IntN(2) == 0 {
		p.path, p.want = "/test-sleep-api", fmt.Sprintf("equal %d", r.IntN(3))
		p.body = []byte("15ms " + p.want)
	}
	if r.IntN(2) == 0 {
		p.key = "key-" + p.id
	}
	return p
}

// document is valid JSON of about size bytes with something unique in it.
func document(r *rand.Rand, size int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"unique":"%016x","list":[0`, r.Uint64())
	for b.Len() < size {
		fmt.Fprintf(&b, `, {"n":%d,"text":"%08x é"}`, r.IntN(1000), r.Uint32())
	}
	b.WriteString("]}")
	return b.Bytes()
}

func uuid(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16)
}

// send hands the work in; an error says that no answer arrived.
func (p *piece) send(ctx context.Context, c *caller) error {
	headers := []string{"X-Request-Id", p.id}
	if p.async {
		headers = append(headers, "Prefer", "respond-async")
	}
	if p.key != "" {
		headers = append(headers, "Idempotency-Key", p.key)
	}
	p.attempts++
	a, err := c.try(ctx, http.MethodPost, p.path, p.body, headers...)
	if err != nil {
		return err
	}
	p.got = &a
	return nil
}

// check compares what became of answered work with what is right, and returns
// the keys of the files that belong to it.
func (p *piece) check(t *testing.T, c *caller) (files []string) {
	t.Helper()
	switch p.got.status {
	case http.StatusAccepted:
		return p.checkJob(t, c, decode[api.Accepted](t, *p.got).JobID)
	case http.StatusOK:
		if p.async || p.want == "" {
			t.Errorf("%s: got %s, want another answer (asynchronous %t, valid %t)", p, p.got, p.async, p.want != "")
			return nil
		}
		return p.checkOutput(t, c, decode[api.Result](t, *p.got))
	case http.StatusBadRequest:
		e, problem := envelopeOf(*p.got)
		if p.async || p.want != "" || problem != "" || e.Error != "INVALID_JSON" || e.Details.Line != 2 || e.Details.Column != 6 {
			t.Errorf("%s: got %s, want another answer (asynchronous %t, valid %t)", p, p.got, p.async, p.want != "")
		}
	default:
		t.Errorf("%s: got %s, want 200, 202 or 400", p, p.got)
	}
	return nil
}

func (p *piece) checkJob(t *testing.T, c *caller, id string) (files []string) {
	t.Helper()
	if len(p.body) > inlineBytes {
		files = append(files, "inputs/"+id)
	}
	is := c.finished(t, id)
	switch {
	case p.want == "":
		if is.Status != "failed" || is.Error.Code != "INVALID_JSON" || is.Error.Details["line"] != 2.0 || is.Error.Details["column"] != 6.0 {
			t.Errorf("%s: job %s ended as %s %+v, want failed INVALID_JSON in line 2, column 6", p, id, is.Status, is.Error)
		}
		return files
	case is.Status != "success":
		t.Errorf("%s: job %s ended as %s %+v, want success", p, id, is.Status, is.Error)
		return files
	}
	var result api.Result
	if err := json.Unmarshal(is.Result, &result); err != nil || result.RequestID != p.id {
		t.Errorf("%s: result of job %s: %s, %v", p, id, is.Result, err)
	}
	return append(files, p.checkOutput(t, c, result)...)
}

func (p *piece) checkOutput(t *testing.T, c *caller, result api.Result) (files []string) {
	t.Helper()
	if got := c.download(t, result.File); got != p.want {
		t.Errorf("%s: got an output of %d bytes, %.60q, want %d bytes, %.60q", p, len(got), got, len(p.want), p.want)
	}
	if len(p.want) <= inlineBytes {
		return nil
	}
	name, _, _ := strings.Cut(path.Base(result.File), "?")
	name = strings.TrimSuffix(name, path.Ext(name))
	return []string{"outputs/" + name[strings.LastIndex(name, "_")+1:]}
}

func (p *piece) String() string {
	return fmt.Sprintf("POST %s of %d bytes, X-Request-Id %s, Idempotency-Key %q, sent %d times", p.path, len(p.body), p.id, p.key, p.attempts)
}
