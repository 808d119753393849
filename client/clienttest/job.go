package clienttest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"claimcheck/api"
)

// The words for a job's state.
const (
	queued     = "queued"
	processing = "processing"
	success    = "success"
	failed     = "failed"
)

const (
	retention = 24 * time.Hour
	waitHint  = 1 // seconds
)

// A job is one run of a tool. The server's lock guards all that changes.
type job struct {
	submission

	id        string
	number    int64 // in the order of submission, from 1
	requestID string
	created   time.Time

	status   string
	updated  time.Time
	started  time.Time
	version  int
	progress int
	message  string // what was said last of what is done
	words    []word
	result   json.RawMessage // if it is no file
	file     *file
	failure  *api.JobError
	canceled bool
	overdue  *api.JobError // with which its deadline has ended it
	stop     context.CancelFunc
	changed  chan struct{} // closed at the next change
}

// newJob makes a job and has it done.
func (s *Server) newJob(sub *submission, requestID string) *job {
	ctx, stop := context.WithCancel(s.ctx)
	now := time.Now()
	j := &job{
		submission: *sub, id: newID(now), requestID: requestID, created: now, status: queued, updated: now, version: 1,
		stop: stop, changed: make(chan struct{}),
	}
	s.mu.Lock()
	s.made++
	j.number = s.made
	s.jobs = append(s.jobs, j)
	s.mu.Unlock()
	s.keepDeadlines(ctx, j)
	s.work.Go(func() {
		defer stop()
		s.run(ctx, j)
	})
	return j
}

// run waits for the job's turn and does it.
func (s *Server) run(ctx context.Context, j *job) {
	if !s.begin(ctx, j) {
		return
	}
	in := Input{Body: j.body, Header: j.header, JobID: j.id, Progress: func(percent int) {
		s.change(j, func() { j.progress = min(max(percent, 0), 100) })
	}, Say: func(said api.WorkProgress) { s.say(j, said) }}
	out, failure := j.tool.do(ctx, in)
	overdue := false
	s.change(j, func() {
		switch {
		case j.overdue != nil:
			overdue = true
		case j.canceled:
			j.fail(canceledError)
		case failure != nil:
			j.fail(failure)
		default:
			j.result, j.file = s.result(j.name, j.tool, j.requestID, out)
			j.status = success
		}
	})
	if !overdue {
		s.hooks.ended(j)
	}
}

var canceledError = &api.JobError{Code: "CANCELED", Message: "The job was canceled.", Details: map[string]any{}}

func (j *job) fail(e *api.JobError) { j.status, j.failure = failed, e }

func (j *job) over() bool { return j.status == success || j.status == failed }

// begin waits for the job's turn; it is none where the job was canceled before.
func (s *Server) begin(ctx context.Context, j *job) bool {
	later := time.NewTimer(max(j.tool.Delay, time.Until(j.runAt)))
	defer later.Stop()
	select {
	case <-later.C:
	case <-ctx.Done():
		return false
	}
	for {
		s.mu.Lock()
		paused, again := s.paused[j.name], s.unpaused
		if !paused && j.status == queued && ctx.Err() == nil {
			j.status, j.started = processing, time.Now()
			j.touch()
			s.mu.Unlock()
			return true
		}
		s.mu.Unlock()
		select {
		case <-again:
		case <-ctx.Done():
			return false
		}
	}
}

// change changes a job and wakes who waits for that.
func (s *Server) change(j *job, how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
	j.touch()
}

func (j *job) touch() {
	j.updated = time.Now()
	j.version++
	j.wake()
}

// wake tells those who wait for news of the job.
func (j *job) wake() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// await waits until a job is as wanted, at most for a time.
func (s *Server) await(ctx context.Context, j *job, most time.Duration, wanted func() bool) {
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		s.mu.Lock()
		done, changed := wanted(), j.changed
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// find returns the job that a request is about.
func (s *Server) find(r *http.Request) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.job(r.PathValue("id"))
}

// job is find for who has the lock.
func (s *Server) job(id string) (*job, error) {
	if !isID(id) {
		return nil, errJobID
	}
	i := slices.IndexFunc(s.jobs, func(j *job) bool { return j.id == id })
	if i < 0 {
		return nil, errNoJob
	}
	return s.jobs[i], nil
}

// resultNow is a job's result, its link fresh.
func (s *Server) resultNow(j *job) json.RawMessage {
	if j.file != nil {
		return s.fileResult(j.requestID, j.file)
	}
	return j.result
}

// wire is a job's status.
func (s *Server) wire(j *job) api.Status {
	w := api.Status{JobID: j.id, Status: j.status, CreatedAt: j.created.Unix(), UpdatedAt: j.updated.Unix()}
	switch j.status {
	case success:
		w.Result = s.resultNow(j)
	case failed:
		w.Error = j.failure
	default:
		w.Message, w.RetryAfter = "Your job is being processed.", waitHint
	}
	return w
}

// A full is a job's status with all that is known of it.
type full struct {
	api.Status
	api.FullJob
}

func (s *Server) full(j *job) full {
	f := full{s.wire(j), api.FullJob{Tool: j.name, MaxAttempts: 1, Attempts: []api.Attempt{}}}
	f.StartBy, f.FinishBy = j.deadlines()
	if len(j.metadata) > 0 {
		text, err := json.Marshal(j.metadata)
		if err != nil {
			panic("clienttest: " + err.Error()) // strings always encode
		}
		f.Metadata = text
	}
	if j.status == queued {
		f.WaitingReason = "queue"
		if s.paused[j.name] {
			f.WaitingReason = "tool_paused"
		}
	}
	if !j.started.IsZero() {
		at := j.started.Unix()
		a := api.Attempt{Attempt: 1, StartedAt: at}
		if j.over() {
			end := j.updated.Unix()
			a.EndedAt = &end
		}
		if j.failure != nil {
			a.Error = j.failure.Code
		}
		f.Attempt, f.StartedAt, f.Attempts = 1, &at, []api.Attempt{a}
	}
	if j.status == processing && j.progress > 0 {
		f.Progress = &j.progress
	}
	if j.status == processing && j.message != "" {
		f.Message = j.message
	}
	if j.over() {
		end, gone := j.updated.Unix(), j.updated.Add(retention).Unix()
		f.FinishedAt, f.ExpiresAt = &end, &gone
	}
	return f
}
