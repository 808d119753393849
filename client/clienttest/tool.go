package clienttest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"claimcheck/api"
)

// A Tool says what a tool does and what is told of it.
type Tool struct {
	// Do turns an input into an output; nil answers with the input. It must return when
	// ctx ends, which it does when the job is canceled or the test is over. An error made
	// by [Fail] is the job's, any other makes it fail with INTERNAL_ERROR. It is called by
	// several goroutines at once.
	Do func(ctx context.Context, in Input) (Output, error)
	// Delay is how long a job waits before it begins.
	Delay time.Duration
	// Async has each call become a job, also one that would be answered at once.
	Async bool

	Summary     string
	Extension   string   // of the file that it makes, without the dot; empty: json
	ContentType string   // of that file; empty: application/json
	Extensions  []string // of files that hold its input; empty: any
	Options     []api.ToolOption
	MaxBytes    int64 // of an input; 0: any
}

// An Input is what a tool is given.
type Input struct {
	Body   []byte
	Header http.Header // of the submission: the tool's options, the Content-Type
	JobID  string      // empty where the call is answered at once

	// Progress tells how much is done, in percent; the full view of the job shows it.
	Progress func(percent int)
	// Say passes on what is said while it goes on to those who follow the job.
	Say func(api.WorkProgress)
}

// An Output is what a tool makes: a file, or JSON that is the result itself.
type Output struct {
	Data []byte
	JSON json.RawMessage // if it is not nil there is no file
}

// failure is what a tool says of an input.
type failure struct{ api.JobError }

// Error gives code and message.
func (f *failure) Error() string { return f.Code + ": " + f.Message }

// Fail is the error with which a job fails, for instance Fail("INVALID_CSV", "CSV
// validation failed.", map[string]any{"line": 2, "column": 5}).
func Fail(code, message string, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	return &failure{api.JobError{Code: code, Message: message, Details: details}}
}

// do calls the tool and says how that ended.
func (t *Tool) do(ctx context.Context, in Input) (out Output, failed *api.JobError) {
	if t.Do == nil {
		return Output{Data: in.Body}, nil
	}
	out, err := t.Do(ctx, in)
	f, known := errors.AsType[*failure](err)
	switch {
	case known:
		return out, &f.JobError
	case err != nil:
		return out, &api.JobError{Code: "INTERNAL_ERROR", Message: "Failed to process job", Details: map[string]any{}}
	default:
		return out, nil
	}
}

func (t *Tool) wire(name string, paused bool) api.Tool {
	options := t.Options
	if options == nil {
		options = []api.ToolOption{}
	}
	extensions := t.Extensions
	if extensions == nil {
		extensions = []string{}
	}
	return api.Tool{
		Name: name, Path: "/" + name + "-api", Summary: cmp.Or(t.Summary, "Does what a test says."), Mode: "builtin", Extensions: extensions,
		Input: api.ToolInput{ContentTypes: []string{}}, Output: api.ToolOutput{Extension: t.extension(), ContentType: t.contentType()},
		Options: options, Limits: api.ToolLimits{MaxBytes: t.MaxBytes, TimeoutSeconds: 600}, Paused: paused,
	}
}

func (t *Tool) extension() string   { return cmp.Or(t.Extension, "json") }
func (t *Tool) contentType() string { return cmp.Or(t.ContentType, "application/json") }

// check refuses options that the tool does not take.
func (t *Tool) check(h http.Header) error {
	for _, o := range t.Options {
		text := h.Get(o.Header)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		switch {
		case o.Kind == "integer" && (err != nil || o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max),
			o.Kind == "boolean" && text != "true" && text != "false",
			o.Kind == "choice" && !slices.Contains(o.Choices, text):
			return &refusal{status: http.StatusBadRequest, code: "INVALID_OPTION", message: o.Header + " is out of its range.", facts: api.Facts{Option: o.Header}}
		}
	}
	return nil
}

// listTools answers GET /tools.
func (s *Server) listTools(w http.ResponseWriter, _ *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := api.Tools{Tools: []api.Tool{}}
	for name, t := range s.tools {
		all.Tools = append(all.Tools, t.wire(name, s.paused[name]))
	}
	slices.SortFunc(all.Tools, func(a, b api.Tool) int { return cmp.Compare(a.Name, b.Name) })
	return answer(w, http.StatusOK, all)
}

// oneTool answers GET /tools/{name}.
func (s *Server) oneTool(w http.ResponseWriter, r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.PathValue("name")
	t := s.tools[name]
	if t == nil {
		return errNotFound
	}
	return answer(w, http.StatusOK, t.wire(name, s.paused[name]))
}

// usage answers GET /usage.
func (s *Server) usage(w http.ResponseWriter, _ *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().UTC()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	u := api.Usage{
		Owner: Owner, Plan: "default", Period: api.Period{Start: month.Unix(), End: month.AddDate(0, 1, 0).Unix()},
		Jobs: api.Allowance{Used: int64(len(s.jobs))},
	}
	for _, j := range s.jobs {
		switch j.status {
		case queued:
			u.Queued++
		case processing:
			u.Running++
		}
	}
	for _, f := range s.files {
		u.StoredBytes.Used += int64(len(f.data))
	}
	return answer(w, http.StatusOK, u)
}

// result is what a call of a tool answers, its file kept.
func (s *Server) result(name string, t *Tool, requestID string, out Output) (json.RawMessage, *file) {
	if out.JSON != nil {
		return bytes.TrimSpace(out.JSON), nil
	}
	f := &file{name: name + "_" + token() + "." + t.extension(), contentType: t.contentType(), data: out.Data, made: time.Now()}
	s.files[f.name] = f
	return s.fileResult(requestID, f), f
}

// fileResult is the result of a call that has made a file, its link fresh.
func (s *Server) fileResult(requestID string, f *file) json.RawMessage {
	text, err := json.Marshal(api.Result{RequestID: requestID, Status: success, File: s.link(f), Preview: preview(f.data)})
	if err != nil {
		panic("clienttest: " + err.Error()) // strings always encode
	}
	return text
}

// preview is the beginning of a text, as the server shows it.
func preview(data []byte) string {
	const most = 1000
	text := []rune(string(bytes.ToValidUTF8(data, nil)))
	if len(text) <= most {
		return string(text)
	}
	return string(text[:most-3]) + "..."
}
