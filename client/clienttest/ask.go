package clienttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"claimcheck/api"
)

const sign = 15 * time.Second // between two signs of life of an event stream

// tag is a job's entity tag; links of another time are another status.
func (s *Server) tag(j *job, full bool) string {
	kind := ""
	if full {
		kind = "f"
	}
	return fmt.Sprintf(`W/"%s%d-%d"`, kind, j.version, s.epoch)
}

// status answers GET /jobs/{id}, as a long poll where that is wished.
func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	p, all, known := preferenceOf(r.Header), r.URL.Query().Get("view") == "full", r.Header.Get("If-None-Match")
	p.async = false
	p.applied(w.Header(), false)
	if p.wait > 0 {
		s.await(r.Context(), j, p.wait, func() bool {
			return j.over() && known == "" || known != "" && known != s.tag(j, all)
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.job(j.id); err != nil { // deleted meanwhile
		return err
	}
	w.Header().Set("Etag", s.tag(j, all))
	w.Header().Set("Cache-Control", "private, no-cache")
	s.hint(w, j)
	switch {
	case known == s.tag(j, all):
		w.WriteHeader(http.StatusNotModified)
		return nil
	case all:
		return answer(w, http.StatusOK, s.full(j))
	default:
		return answer(w, http.StatusOK, s.wire(j))
	}
}

// hint says when to ask again.
func (s *Server) hint(w http.ResponseWriter, j *job) {
	if !j.over() {
		w.Header().Set("Retry-After", strconv.Itoa(waitHint))
	}
}

// resultOf answers GET /jobs/{id}/result.
func (s *Server) resultOf(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	p := preferenceOf(r.Header)
	p.async = false
	p.applied(w.Header(), false)
	if p.wait > 0 {
		s.await(r.Context(), j, p.wait, j.over)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hint(w, j)
	switch j.status {
	case success:
		return send(w, http.StatusOK, s.resultNow(j))
	case failed:
		status, text, err := failedResult(j.failure)
		if err != nil {
			return err
		}
		switch { // it is final, and pollers repeat 5xx
		case j.failure.Code == "CANCELED":
			status = http.StatusConflict
		case status >= http.StatusInternalServerError:
			status = http.StatusFailedDependency
		}
		return send(w, status, text)
	default:
		w.Header().Set("Etag", s.tag(j, false))
		return answer(w, http.StatusAccepted, s.wire(j))
	}
}

// failedResult is what a synchronous call answers that failed.
func failedResult(e *api.JobError) (status int, text []byte, err error) {
	details := map[string]any{"message": e.Message}
	for name, value := range e.Details {
		if name != "message" {
			details[name] = value
		}
	}
	status = http.StatusBadRequest
	if e.Code == "INTERNAL_ERROR" {
		status = http.StatusInternalServerError
	}
	text, err = json.Marshal(map[string]any{"status": "error", "error": e.Code, "details": details})
	return status, text, err
}

// events answers GET /jobs/{id}/events.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	at, err := placeOf(r.Header.Get("Last-Event-ID"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	known := j.over() && j.version == at.version
	s.mu.Unlock()
	if known {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	var b bytes.Buffer
	b.WriteString("retry: 100\n")
	for {
		over, err := s.event(&b, j, &at)
		if err != nil {
			return err
		}
		if _, err := w.Write(b.Bytes()); err != nil || http.NewResponseController(w).Flush() != nil || over {
			return nil //nolint:nilerr // the client is gone
		}
		b.Reset()
		s.await(r.Context(), j, sign, func() bool { return j.news(at) })
		if r.Context().Err() != nil || s.ctx.Err() != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// event writes what is new of a job, else a sign of life; over tells that it was the
// last.
func (s *Server) event(b *bytes.Buffer, j *job, at *place) (over bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.job(j.id); err != nil {
		panic(http.ErrAbortHandler) // deleted: the next connection is told
	}
	if !j.news(*at) {
		b.WriteString(":\n")
		return false, nil
	}
	status := func() error {
		if j.version == at.version {
			return nil
		}
		at.version = j.version
		text, err := json.Marshal(s.wire(j))
		fmt.Fprintf(b, "event: status\nid: %s\ndata: %s\n\n", at, text)
		return err
	}
	if j.over() { // its last words come before its end
		return true, errors.Join(j.hear(b, at), status())
	}
	return false, errors.Join(status(), j.hear(b, at))
}

// cancel answers POST /jobs/{id}/cancel.
func (s *Server) cancel(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	was := j.status
	if !j.over() {
		j.canceled = true
		j.stop()
	}
	if was == queued {
		j.fail(canceledError)
		j.touch()
	}
	is := s.wire(j)
	s.hint(w, j)
	s.mu.Unlock()
	switch was {
	case queued:
		s.hooks.ended(j)
		return answer(w, http.StatusOK, is)
	case processing:
		return answer(w, http.StatusAccepted, is)
	default:
		return refuse(http.StatusConflict, "JOB_FINISHED", "The job is finished.")
	}
}

// remove answers DELETE /jobs/{id}.
func (s *Server) remove(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	s.forget(j)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) forget(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j.canceled = true
	j.stop()
	s.jobs = slices.DeleteFunc(s.jobs, func(other *job) bool { return other == j })
	if j.file != nil {
		delete(s.files, j.file.name)
	}
	j.touch()
}

// retry answers POST /jobs/{id}/retry.
func (s *Server) retry(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	over := j.over()
	s.mu.Unlock()
	if !over {
		return refuse(http.StatusConflict, "JOB_UNFINISHED", "The job is not finished.")
	}
	made := s.newJob(&j.submission, r.Header.Get("X-Request-Id"))
	text, err := json.Marshal(api.Accepted{Status: "accepted", JobID: made.id, StatusURL: s.URL + "/jobs/" + made.id, RequestID: made.requestID})
	if err != nil {
		return err
	}
	return s.submitted(w, &submission{}, http.StatusAccepted, text, made.id)
}
