package clienttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

const maxRequestBytes = 1 << 30

// A refusal is a request's failure.
type refusal struct {
	status     int
	code       string
	message    string
	facts      api.Facts
	retryAfter int
}

// Error is the sentence.
func (f *refusal) Error() string { return f.message }

func refuse(status int, code, message string) *refusal {
	return &refusal{status: status, code: code, message: message}
}

var (
	errNotFound     = refuse(http.StatusNotFound, "NOT_FOUND", "There is nothing here.")
	errNoJob        = refuse(http.StatusNotFound, "JOB_NOT_FOUND", "Job not found")
	errUnauthorized = refuse(http.StatusUnauthorized, "UNAUTHORIZED", "Missing authorizer context")
	errJobID        = refuse(http.StatusBadRequest, "INVALID_JOB_ID", "job_id must be a UUID.")
	errBody         = refuse(http.StatusBadRequest, "INVALID_REQUEST", "The body is not what this call needs.")
	errFilter       = refuse(http.StatusBadRequest, "INVALID_REQUEST", "There is no such filter, or its value is wrong.")
)

type handler func(http.ResponseWriter, *http.Request) error

// handler is all that the server answers.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /{path}":                  s.submit,
		"GET /jobs":                     s.list,
		"GET /jobs/{id}":                s.status,
		"GET /status-api/{id}":          s.status,
		"DELETE /jobs/{id}":             s.remove,
		"GET /jobs/{id}/result":         s.resultOf,
		"GET /jobs/{id}/events":         s.events,
		"GET /jobs/{id}/log":            s.log,
		"POST /jobs/{id}/cancel":        s.cancel,
		"POST /jobs/{id}/retry":         s.retry,
		"GET /tools":                    s.listTools,
		"GET /tools/{name}":             s.oneTool,
		"GET /usage":                    s.usage,
		"POST /upload-api":              s.upload.form,
		"DELETE /uploads/{id}":          s.upload.leave,
		"POST /files":                   s.upload.begin,
		"POST /files/{$}":               s.upload.begin,
		"HEAD /files/{id}":              s.upload.offset,
		"PATCH /files/{id}":             s.upload.add,
		"DELETE /files/{id}":            s.upload.leave,
		"POST /bulk":                    s.beginBulk,
		"GET /bulk/{id}":                s.getBulk,
		"DELETE /bulk/{id}":             s.getBulk,
		"GET /webhooks":                 s.hooks.list,
		"POST /webhooks":                s.hooks.add,
		"GET /webhooks/secret":          s.hooks.secret,
		"PATCH /webhooks/{id}":          s.hooks.change,
		"DELETE /webhooks/{id}":         s.hooks.remove,
		"POST /webhooks/{id}/recover":   s.hooks.recover,
		"GET " + wellKnown:              s.hooks.keys.answer,
		"POST /webhooks/{id}/test":      s.hooks.test,
		"POST /webhooks/{id}/rotate":    s.hooks.rotate,
		"GET /webhooks/{id}/deliveries": s.hooks.deliveries,
		"POST /webhooks/{id}/deliveries/{delivery_id}/resend": s.hooks.resend,
		"/": func(http.ResponseWriter, *http.Request) error { return errNotFound },
	} {
		mux.Handle(pattern, s.keyed(h))
	}
	mux.Handle("POST /uploads", plain(s.upload.post)) // no key: the form has its own permission
	mux.Handle("GET /downloads/{name}", plain(s.download))
	return s.guarded(mux)
}

// guarded gives each answer its request id, and has go wrong what is to go wrong.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.fault(r)
		id := r.Header.Get("X-Request-Id")
		if !isID(id) {
			id = newID(time.Now())
			r.Header.Set("X-Request-Id", id)
		}
		w.Header().Set("X-Request-Id", id)
		switch {
		case f == nil:
			next.ServeHTTP(w, r)
		case f.Lose:
			next.ServeHTTP(&lost{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		case f.CutAfter > 0:
			next.ServeHTTP(&cut{ResponseWriter: w, left: f.CutAfter}, r)
		default:
			sendError(w, &refusal{status: f.Status, code: f.Code, message: f.Message, retryAfter: f.RetryAfter})
		}
	})
}

// A lost answer goes nowhere.
type lost struct{ header http.Header }

func (l *lost) Header() http.Header         { return l.header }
func (l *lost) Write(p []byte) (int, error) { return len(p), nil }
func (l *lost) WriteHeader(int)             {}

// A cut answer ends in the middle.
type cut struct {
	http.ResponseWriter

	left int
}

// Write writes what is left and cuts the line.
func (c *cut) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left]) // the line is cut anyway
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Unwrap is for [http.ResponseController].
func (c *cut) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// keyed lets in who has the key.
func (s *Server) keyed(h handler) http.Handler {
	return plain(func(w http.ResponseWriter, r *http.Request) error {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if r.Header.Get("X-Api-Key") != s.Key && bearer != s.Key {
			return errUnauthorized
		}
		return h(w, r)
	})
}

// plain answers what a handler fails with.
func plain(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		f, ok := errors.AsType[*refusal](err)
		if !ok {
			f = refuse(http.StatusInternalServerError, "INTERNAL_ERROR", "Failed to process job")
		}
		sendError(w, f)
	})
}

func sendError(w http.ResponseWriter, f *refusal) {
	if w.Header().Get("Tus-Resumable") != "" { // uploads in parts have words of their own
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(f.status)
		_, _ = io.WriteString(w, f.code+": "+f.message+"\n")
		return
	}
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	if f.code == "" { // as something between client and server answers
		w.WriteHeader(f.status)
		return
	}
	_ = answer(w, f.status, envelope(f)) // the client is gone
}

func envelope(f *refusal) api.Error {
	return api.Error{Status: "error", Error: f.code, Details: api.ErrorDetails{Message: f.message, Facts: f.facts}, RetryAfter: f.retryAfter}
}

// answer sends JSON as the server does, without escapes for HTML.
func answer(w http.ResponseWriter, status int, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	return send(w, status, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func send(w http.ResponseWriter, status int, body []byte) error {
	return sendAs(w, "application/json", status, body)
}

func sendAs(w http.ResponseWriter, kind string, status int, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, err := w.Write(body) //nolint:gosec // it is JSON
	return err
}

// read decodes the body of a request.
func read(r *http.Request, into any) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes))
	if err != nil {
		return err
	}
	if json.Unmarshal(text, into) != nil {
		return errBody
	}
	return nil
}
