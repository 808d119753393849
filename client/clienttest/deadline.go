package clienttest

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

const (
	maxDeadline = 31 * 24 * time.Hour
	maxSync     = 25 * time.Second
)

var (
	expiredError = &api.JobError{Code: "EXPIRED", Message: "The job was not begun by the time that x-start-by named; it is not charged.", Details: map[string]any{}}
	overdueError = &api.JobError{Code: "TIMEOUT", Message: "The job was not finished by the time that x-finish-by named.", Details: map[string]any{}}
)

// deadlineOf reads seconds from now or a time in Unix seconds; zero for none.
func deadlineOf(h http.Header, name string) (at time.Time, err error) {
	text := h.Get(name)
	if text == "" {
		return at, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	at = time.Unix(n, 0)
	if n <= int64(maxDeadline/time.Second) {
		at = time.Now().Add(time.Duration(n) * time.Second)
	}
	if name = strings.ToLower(name); err != nil || n < 0 || !at.After(time.Now()) || at.After(time.Now().Add(maxDeadline)) {
		return at, &refusal{
			status: http.StatusBadRequest, code: "INVALID_OPTION", facts: api.Facts{Option: name},
			message: name + " must be whole seconds from now, at most 2678400, or a time in Unix seconds at most 31 days from now.",
		}
	}
	return at, nil
}

// keepDeadlines ends a job when its time has come, until ctx is done.
func (s *Server) keepDeadlines(ctx context.Context, j *job) {
	if !j.startBy.IsZero() {
		s.endAt(ctx, j, j.startBy, expiredError, func() bool { return j.status == queued })
	}
	if !j.finishBy.IsZero() {
		s.endAt(ctx, j, j.finishBy, overdueError, func() bool { return !j.over() })
	}
}

// endAt ends a job with an error at a time, if it stands so then.
func (s *Server) endAt(ctx context.Context, j *job, at time.Time, e *api.JobError, stands func() bool) {
	s.work.Go(func() {
		late := time.NewTimer(time.Until(at))
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		ends := stands() && !j.over()
		if ends {
			j.overdue = e
			j.fail(e)
			j.touch()
			j.stop()
		}
		s.mu.Unlock()
		if ends {
			s.hooks.ended(j)
		}
	})
}

// deadlines are the job's as it is told in full.
func (j *job) deadlines() (startBy, finishBy *int64) {
	up := func(t time.Time) *int64 {
		if t.IsZero() {
			return nil
		}
		n := t.Add(time.Second - 1).Unix()
		return &n
	}
	return up(j.startBy), up(j.finishBy)
}
