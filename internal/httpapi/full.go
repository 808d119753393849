package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
	"claimcheck/internal/view"
)

// fullStatus answers GET /jobs/{job_id}?view=full: the status body with the
// members of FullJob (api/openapi.yaml) after its own. Its tag moves with progress and
// attempts too. With Prefer: wait it is a long poll like the plain status.
func (s *Server) fullStatus(c *Call, id job.ID) error {
	snap, more, err := s.pollFull(c, id)
	if err != nil {
		return err
	}
	body, err := fullBody(c, snap, more)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h["Cache-Control"] = revalidate
	h["Vary"] = append(h["Vary"], negotiated...)
	tag := s.fullTag(c, snap, more)
	h["ETag"] = []string{tag}
	if !snap.Job.Status.Final() {
		h["Retry-After"] = s.memo(c, snap).RetryAfter
	}
	if etag.Match(c.r.Header["If-None-Match"], tag) {
		c.send(http.StatusNotModified, nil)
		return nil
	}
	c.sendJSON(http.StatusOK, body)
	return nil
}

// fullBody is the status body with more members at its end.
func fullBody(c *Call, snap *view.Snapshot, more *fullJob) ([]byte, error) {
	extra, err := json.Marshal(more)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", snap.Job.ID, err)
	}
	body := c.Status(snap)
	if more.said != "" { // in the place of what every unfinished job says
		message, err := json.Marshal(more.said)
		if err != nil {
			return nil, fmt.Errorf("encode job %s: %w", snap.Job.ID, err)
		}
		body = bytes.Replace(body, plain.UnfinishedMember(), append([]byte(`"message":`), message...), 1)
	}
	return append(append(body[:len(body)-1:len(body)-1], ','), extra[1:]...), nil
}

// listedBody is what view=full shows of a job in a list: all that its row tells.
// Why it waits is asked job by job.
func (s *Server) listedBody(c *Call, snap *view.Snapshot) ([]byte, error) {
	more, err := s.recordOf(&snap.Job)
	if err != nil {
		return nil, err
	}
	return fullBody(c, snap, more)
}

// fullTag is the tag of the full view.
func (s *Server) fullTag(c *Call, snap *view.Snapshot, more *fullJob) string {
	tag := `W/"f` + s.memo(c, snap).ETag()[len(`W/"`):]
	return tag[:len(tag)-1] + "-" + strconv.Itoa(snap.Job.Attempt) + "-" + strconv.Itoa(more.tagged()) + saidTag(more.said) + `"`
}

// saidTag is what the tag shows of a message.
func saidTag(message string) string {
	if message == "" {
		return ""
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(message)) // it never fails
	return "-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// progressLook is how often a full view that waits looks for progress, which wakes
// nobody.
const progressLook = time.Second

// pollFull is longPoll for the full view.
func (s *Server) pollFull(c *Call, id job.ID) (*view.Snapshot, *fullJob, error) {
	p := c.Wish()
	snap, more, err := s.lookFull(c.r.Context(), c, id, -1)
	if err != nil || !p.Waits || p.Wait <= 0 || s.isNews(c, snap, more) {
		return snap, more, err
	}
	c.quiet = true // a long poll is not a slow request
	ctx, end, err := c.Waiting(p.Wait)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	for ctx.Err() == nil && !s.isNews(c, snap, more) {
		if snap, more, err = s.lookFull(ctx, c, id, snap.Job.Version); err != nil {
			return nil, nil, err
		}
	}
	return snap, more, nil
}

// isNews reports whether a full view that waits is to be answered: it differs from
// what the client has or, if it has none, the job is finished.
func (s *Server) isNews(c *Call, snap *view.Snapshot, more *fullJob) bool {
	if known := c.r.Header["If-None-Match"]; len(known) > 0 {
		return !etag.Match(known, s.fullTag(c, snap, more))
	}
	return snap.Job.Status.Final()
}

// lookFull returns a job when it is another version than was seen, or after a
// while, with what the full view adds.
func (s *Server) lookFull(ctx context.Context, c *Call, id job.ID, seen int64) (*view.Snapshot, *fullJob, error) {
	ctx, cancel := context.WithTimeout(ctx, progressLook)
	defer cancel()
	snap, err := s.Queue.Await(ctx, c.who.Key.Owner, id, func(snap *view.Snapshot) bool { return snap.Job.Version != seen })
	if err != nil {
		return nil, nil, err
	}
	more, ended, err := s.details(c, snap)
	if ended { // the store is ahead of the view, whose news is on its way
		was := snap.Job.Version
		if snap, err = s.Queue.Await(ctx, c.who.Key.Owner, id, func(snap *view.Snapshot) bool { return snap.Job.Version != was }); err != nil {
			return nil, nil, err
		}
		more, err = s.detailsOf(c, snap)
	}
	return snap, more, err
}

// fullJob is what view=full adds.
type fullJob struct {
	api.FullJob

	said string // what the current attempt has said last of what it does; empty for nothing
}

// tagged is what the tag shows of the progress.
func (f *fullJob) tagged() int {
	if f.Progress == nil {
		return 0
	}
	return *f.Progress
}

// recordOf is what a job's row tells.
func (s *Server) recordOf(j *job.Job) (*fullJob, error) {
	f := &fullJob{FullJob: api.FullJob{
		Tool: j.Tool, Attempt: j.Attempt, MaxAttempts: s.Queue.MaxAttemptsOf(j.Tool),
		StartedAt: seconds64(j.Started), FinishedAt: seconds64(j.Finished), ExpiresAt: seconds64(j.Expires),
		Attempts: []api.Attempt{}, Metadata: json.RawMessage(j.Metadata), Group: j.Group,
	}}
	if j.HasDeadline() {
		asked := j.Asked()
		f.StartBy, f.FinishBy = secondsUp(asked.StartBy), secondsUp(asked.FinishBy)
	}
	if len(j.History) > 0 {
		if err := json.Unmarshal(j.History, &f.Attempts); err != nil {
			return nil, fmt.Errorf("stored history of job %s: %w", j.ID, err)
		}
	}
	f.Attempts = append(f.Attempts, lastAttempt(j)...)
	return f, nil
}

// detailsOf is the same and, while the job is unfinished, why it is; where it has
// ended meanwhile, the next question is told.
func (s *Server) detailsOf(c *Call, snap *view.Snapshot) (*fullJob, error) {
	f, _, err := s.details(c, snap)
	return f, err
}

// details is detailsOf, and whether the job has ended although it had not when it
// was read.
func (s *Server) details(c *Call, snap *view.Snapshot) (f *fullJob, ended bool, err error) {
	j := &snap.Job
	if f, err = s.recordOf(j); err != nil || j.Status.Final() {
		return f, false, err
	}
	w, err := s.Queue.WaitOf(c.r.Context(), j)
	if fault.Is(err, fault.NotFound) {
		return f, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	if w.Progress > 0 {
		f.Progress = &w.Progress
	}
	f.said = w.Message
	f.WaitingReason, f.RunAt = w.Reason, secondsUp(w.RunAt)
	if j.Status == job.Queued && w.Reason == sched.ReasonQueue {
		f.QueuePosition = &w.Position
	}
	if w.Known {
		left := int64(math.Ceil(w.Left.Seconds()))
		f.EstimatedSeconds = &left
	}
	return f, false, nil
}

// A detailer says what the full view adds to a job's status.
type detailer func(*Call, *view.Snapshot) (*fullJob, error)

// rowOf is the detailer of jobs in lists: why each waits is asked job by job.
func (s *Server) rowOf(_ *Call, snap *view.Snapshot) (*fullJob, error) { return s.recordOf(&snap.Job) }

// tell reads what the full view adds; nil if it cannot be read now.
func (s *Server) tell(c *Call, snap *view.Snapshot, details detailer) *view.Told {
	more, err := details(c, snap)
	switch {
	case c.r.Context().Err() != nil: // nobody will read it
		return nil
	case err != nil:
		s.Log.WarnContext(c.r.Context(), "job told without its details", "request_id", c.id, "err", err)
		return nil
	}
	full, err := json.Marshal(more)
	if err != nil {
		panic("httpapi: details that cannot be JSON: " + err.Error())
	}
	return &view.Told{Full: full, Progress: more.tagged(), Message: more.said}
}

// lastAttempt is the attempt that runs; those that ended are in the history.
func lastAttempt(j *job.Job) []api.Attempt {
	if j.Status != job.Processing {
		return nil
	}
	return []api.Attempt{{Attempt: j.Attempt, StartedAt: j.Started.Unix()}}
}

// seconds64 is a time in Unix seconds, nil for none.
func seconds64(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.Unix()
	return &n
}

// secondsUp is the first whole second that is not before a time, nil for none.
func secondsUp(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return seconds64(t.Add(time.Second - time.Nanosecond))
}
