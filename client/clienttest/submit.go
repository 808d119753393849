package clienttest

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

// A remembered answer is what a submission with an Idempotency-Key was answered.
type remembered struct {
	of     [sha256.Size]byte // the request
	done   chan struct{}     // closed when there is an answer
	status int
	body   []byte
	job    string // where that is a job
}

// A submission is a request to a tool.
type submission struct {
	name     string
	tool     *Tool
	header   http.Header
	body     []byte
	source   string
	metadata map[string]string
	runAt    time.Time
	startBy  time.Time // zero for never
	finishBy time.Time
	prefer   preference
}

// A preference is what Prefer says (RFC 7240).
type preference struct {
	async bool
	waits bool
	wait  time.Duration
}

func preferenceOf(h http.Header) (p preference) {
	for item := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch n, err := strconv.Atoi(value); {
		case name == "respond-async":
			p.async = true
		case name == "wait" && err == nil && n >= 0:
			p.waits, p.wait = true, time.Duration(min(n, 25))*time.Second
		}
	}
	return p
}

// applied says what of it was done.
func (p preference) applied(h http.Header, async bool) {
	var all []string
	if p.async && async {
		all = append(all, "respond-async")
	}
	if p.waits {
		all = append(all, "wait="+strconv.Itoa(int(p.wait/time.Second)))
	}
	if len(all) > 0 {
		h.Set("Preference-Applied", strings.Join(all, ", "))
	}
}

// submit answers POST /{tool}-api.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) error {
	sub, err := s.submission(r)
	if err != nil {
		return err
	}
	key := strings.Trim(r.Header.Get("Idempotency-Key"), `"`)
	if key == "" {
		status, body, id, err := s.place(r, sub)
		if err != nil {
			return err
		}
		return s.submitted(w, sub, status, body, id)
	}
	a, first, err := s.remember(key, sub)
	if err != nil {
		return err
	}
	if first {
		a.status, a.body, a.job, err = s.place(r, sub)
		s.settle(key, a, err)
		if err != nil {
			return err
		}
	} else {
		select {
		case <-a.done:
		case <-r.Context().Done():
			return r.Context().Err()
		}
		if a.status == 0 {
			return refuse(http.StatusServiceUnavailable, "UNAVAILABLE", "The same request has just failed; send it again.")
		}
		w.Header().Set("Idempotent-Replayed", "true")
	}
	return s.submitted(w, sub, a.status, a.body, a.job)
}

// remember finds the answer to the same request, or has this one make it.
func (s *Server) remember(key string, sub *submission) (a *remembered, first bool, err error) {
	of := sub.digest()
	s.mu.Lock()
	defer s.mu.Unlock()
	a = s.answers[key]
	switch {
	case a == nil:
		a = &remembered{of: of, done: make(chan struct{})}
		s.answers[key] = a
		return a, true, nil
	case a.of != of:
		return nil, false, refuse(http.StatusUnprocessableEntity, "IDEMPOTENCY_CONFLICT", "This Idempotency-Key was used for a different request; use a new key for a new request.")
	default:
		return a, false, nil
	}
}

// settle has others see an answer; one that failed is forgotten.
func (s *Server) settle(key string, a *remembered, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		delete(s.answers, key)
	}
	close(a.done)
}

func (sub *submission) digest() [sha256.Size]byte {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\n%s\n%d\n%v\n", sub.name, sub.source, sub.runAt.Unix(), sub.metadata)
	for _, name := range slices.Sorted(keys(sub.header)) {
		if strings.HasPrefix(name, "X-") && name != "X-Request-Id" && name != "X-Api-Key" {
			_, _ = fmt.Fprintf(h, "%s: %s\n", name, sub.header.Get(name))
		}
	}
	_, _ = h.Write(sub.body)
	return [sha256.Size]byte(h.Sum(nil))
}

func keys(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range h {
			if !yield(name) {
				return
			}
		}
	}
}

// submission reads a request to a tool.
func (s *Server) submission(r *http.Request) (*submission, error) {
	name, ok := strings.CutSuffix(r.PathValue("path"), "-api")
	s.mu.Lock()
	t := s.tools[name]
	s.mu.Unlock()
	if !ok || t == nil {
		return nil, errNotFound
	}
	sub := &submission{name: name, tool: t, header: r.Header.Clone(), source: cmp.Or(r.Header.Get("X-Source-Type"), "body"), prefer: preferenceOf(r.Header)}
	if err := t.check(r.Header); err != nil {
		return nil, err
	}
	if text := r.Header.Get("X-Metadata"); text != "" && json.Unmarshal([]byte(text), &sub.metadata) != nil {
		return nil, &refusal{status: http.StatusBadRequest, code: "INVALID_OPTION", message: "x-metadata must be a JSON object whose members are strings.", facts: api.Facts{Option: "x-metadata"}}
	}
	if text := r.Header.Get("X-Run-At"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, &refusal{status: http.StatusBadRequest, code: "INVALID_OPTION", message: "x-run-at must be a time in Unix seconds.", facts: api.Facts{Option: "x-run-at"}}
		}
		sub.runAt = time.Unix(n, 0)
	}
	var err error
	if sub.startBy, err = deadlineOf(r.Header, "X-Start-By"); err != nil {
		return nil, err
	}
	if sub.finishBy, err = deadlineOf(r.Header, "X-Finish-By"); err != nil {
		return nil, err
	}
	if sub.body, err = io.ReadAll(io.LimitReader(r.Body, maxRequestBytes)); err != nil {
		return nil, err
	}
	if err := s.open(r, sub); err != nil {
		return nil, err
	}
	if t.MaxBytes > 0 && sub.source != fromLines && int64(len(sub.body)) > t.MaxBytes {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, code: "PAYLOAD_TOO_LARGE", message: fmt.Sprintf("The input is larger than %d bytes.", t.MaxBytes), facts: api.Facts{Limit: t.MaxBytes}}
	}
	return sub, nil
}

// open has the body be the input that it names.
func (s *Server) open(r *http.Request, sub *submission) error {
	if sub.source == fromLines {
		sub.prefer.waits, sub.prefer.wait = false, 0
		return nil
	}
	if sub.source == "body" {
		if len(sub.body) == 0 {
			return refuse(http.StatusBadRequest, "INVALID_REQUEST", "The body is empty.")
		}
		return nil
	}
	if sub.source != "url" && sub.source != "file" {
		return refuse(http.StatusBadRequest, "INVALID_SOURCE_TYPE", "x-source-type is body, url, file or lines.")
	}
	var names map[string]string
	if json.Unmarshal(sub.body, &names) != nil || names[sub.source] == "" {
		return errBody
	}
	switch sub.source {
	case "file":
		data, ok := s.upload.data(names["file"])
		if !ok {
			return refuse(http.StatusNotFound, "FILE_NOT_FOUND", "There is no such upload, or it is not finished.")
		}
		sub.body = data
	default:
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, names["url"], nil)
		if err != nil {
			return refuse(http.StatusBadRequest, "URL_NOT_ALLOWED", "This address is not allowed.")
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return refuse(http.StatusBadRequest, "URL_FETCH_FAILED", "The address did not answer.")
		}
		defer resp.Body.Close()
		sub.body, err = io.ReadAll(io.LimitReader(resp.Body, maxRequestBytes))
		return err
	}
	return nil
}

// place has the work done, or makes a job of it, and says what is answered.
func (s *Server) place(r *http.Request, sub *submission) (status int, body []byte, id string, err error) {
	requestID := r.Header.Get("X-Request-Id")
	if sub.source == fromLines {
		body, err = s.placeLines(requestID, sub)
		return http.StatusAccepted, body, "", err
	}
	s.mu.Lock()
	now := !s.paused[sub.name] && !sub.prefer.async && sub.source == "body" && !sub.tool.Async && sub.tool.Delay == 0 && sub.runAt.IsZero() && sub.startBy.IsZero() && sub.finishBy.IsZero()
	s.mu.Unlock()
	if now {
		out, failed := sub.tool.do(r.Context(), Input{Body: sub.body, Header: sub.header, Progress: func(int) {}, Say: func(api.WorkProgress) {}})
		if failed != nil {
			status, text, err := failedResult(failed)
			return status, text, "", err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		text, _ := s.result(sub.name, sub.tool, requestID, out)
		return http.StatusOK, text, "", nil
	}
	j := s.newJob(sub, requestID)
	if !sub.prefer.async && (!sub.startBy.IsZero() || !sub.finishBy.IsZero()) {
		sub.prefer.waits, sub.prefer.wait = true, maxSync
	}
	if sub.prefer.wait > 0 {
		s.await(r.Context(), j, sub.prefer.wait, func() bool { return j.over() })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.prefer.waits && j.status == success {
		return http.StatusOK, s.resultNow(j), j.id, nil
	}
	body, err = json.Marshal(api.Accepted{Status: "accepted", JobID: j.id, StatusURL: s.URL + "/jobs/" + j.id, RequestID: requestID})
	return http.StatusAccepted, body, j.id, err
}

// submitted sends the answer to a submission.
func (s *Server) submitted(w http.ResponseWriter, sub *submission, status int, body []byte, id string) error {
	sub.prefer.applied(w.Header(), status == http.StatusAccepted)
	if sub.source == fromLines {
		return sendAs(w, linesType, status, body)
	}
	if status == http.StatusAccepted {
		at := s.URL + "/jobs/" + id
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Location", at+"/result")
		w.Header().Set("Link", "<"+at+`>; rel="monitor"`)
	}
	return send(w, status, body)
}
