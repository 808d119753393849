package top

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

const (
	window      = 300      // seconds that rates are of
	pageSize    = 200      // jobs in one answer, the server's limit
	mostPages   = 5        // of unfinished jobs, for operators
	ownPages    = 2        // the same for an owner, whose key has a limit of calls
	mostSlowest = 20       // jobs that are told
	mostAnswer  = 16 << 20 // bytes of one answer
)

// An Asker asks a server how it is. It is for one goroutine.
type Asker struct {
	base, key string
	http      *http.Client
	own       bool // the key is an owner's: what is for operators is not asked for any more
}

// NewAsker returns an Asker with a key of scope admin, or one of scope read.
func NewAsker(base, key string, h *http.Client) *Asker {
	with := *h
	with.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // it would get the key
	return &Asker{base: strings.TrimRight(base, "/"), key: key, http: &with}
}

// Ask asks how the server is: all of it if the key may know that, otherwise what
// concerns its owner. An error of the server is a *client.Error.
func (a *Asker) Ask(ctx context.Context) (View, error) {
	if !a.own {
		v, err := a.all(ctx)
		var refused *client.Error
		if !errors.As(err, &refused) || refused.HTTPStatus != http.StatusForbidden {
			return v, err
		}
		a.own = true
	}
	return a.owner(ctx)
}

// all is the view of an operator.
func (a *Asker) all(ctx context.Context) (View, error) {
	var stats api.Stats
	at, err := a.get(ctx, "/admin/stats?step=60&from="+strconv.FormatInt(time.Now().Unix()-window, 10), &stats)
	if err != nil {
		return View{}, err
	}
	v := View{At: at, Server: a.base, Scope: scopeAll, Queued: stats.Now.Queued, Processing: stats.Now.Processing, OldestWaitSeconds: stats.Health.OldestWaitSeconds}
	v.Window = max(at-stats.From, stats.Step, 1)
	tools := map[string]*Tool{}
	for i := range stats.Now.Tools {
		t := &stats.Now.Tools[i]
		is := &Tool{Name: t.Name, Queued: t.Queued, Processing: t.Processing, MaxRunning: t.MaxRunning, Paused: t.Paused}
		if t.Breaker != nil {
			is.Breaker = *t.Breaker
		}
		tools[t.Name] = is
	}
	for i := range stats.Points {
		p := &stats.Points[i]
		v.add(p.Accepted, p.Succeeded, p.Failed, v.Window)
		if p.WaitMS.P50 != nil {
			v.WaitMS = p.WaitMS
		}
		if p.RunMS.P50 != nil {
			v.RunMS = p.RunMS
		}
		for name, n := range p.Tools {
			if tools[name] == nil {
				tools[name] = &Tool{Name: name}
			}
			tools[name].add(n.Accepted, n.Succeeded, n.Failed, v.Window)
		}
	}
	for _, t := range tools {
		v.Tools = append(v.Tools, *t)
	}
	for _, o := range stats.Owners {
		v.Owners = append(v.Owners, Owner{Name: o.Owner, Plan: o.Plan, Queued: o.Queued, Processing: o.Processing, Paused: o.Paused, Accepted: perMinute(o.Accepted, v.Window)})
	}
	if _, err := a.get(ctx, "/admin/pauses", &v.Pauses); err != nil {
		return View{}, err
	}
	if v.Partial, err = a.list(ctx, "/admin/jobs", url.Values{"status": {"processing"}}, mostPages, func(j *listedJob) { v.Slowest = append(v.Slowest, j.job(at)) }); err != nil {
		return View{}, err
	}
	v.settle()
	return v, nil
}

// owner is the view of an owner: what waits and runs, and what the jobs of the last
// minutes say of their rates.
func (a *Asker) owner(ctx context.Context) (View, error) {
	var u api.Usage
	at, err := a.get(ctx, "/usage", &u)
	if err != nil {
		return View{}, err
	}
	v := View{At: at, Server: a.base, Scope: scopeOwner, Window: window, Queued: u.Queued, Processing: u.Running}
	tools := map[string]*Tool{}
	of := func(name string) *Tool {
		if tools[name] == nil {
			tools[name] = &Tool{Name: name}
		}
		return tools[name]
	}
	since := strconv.FormatInt(at-window, 10)
	for _, ask := range []struct {
		query url.Values
		pages int
		see   func(j *listedJob)
	}{
		{url.Values{"status": {"queued", "processing"}}, ownPages, func(j *listedJob) {
			if j.Status.Status == "queued" {
				of(j.Tool).Queued++
				v.OldestWaitSeconds = max(v.OldestWaitSeconds, float64(at-j.CreatedAt))
				return
			}
			of(j.Tool).Processing++
			job := j.job(at)
			job.Owner = u.Owner
			v.Slowest = append(v.Slowest, job)
		}},
		{url.Values{"created_after": {since}}, 1, func(j *listedJob) {
			v.add(1, 0, 0, window)
			of(j.Tool).add(1, 0, 0, window)
		}},
		{url.Values{"finished_after": {since}, "status": {"success", "failed"}}, 1, func(j *listedJob) {
			succeeded, failed := int64(1), int64(0)
			if j.Status.Status == "failed" {
				succeeded, failed = 0, 1
			}
			v.add(0, succeeded, failed, window)
			of(j.Tool).add(0, succeeded, failed, window)
		}},
	} {
		ask.query.Set("view", "full")
		more, err := a.list(ctx, "/jobs", ask.query, ask.pages, ask.see)
		if err != nil {
			return View{}, err
		}
		v.Partial = v.Partial || more
	}
	for _, t := range tools {
		v.Tools = append(v.Tools, *t)
	}
	v.Owners = []Owner{{Name: u.Owner, Plan: u.Plan, Queued: u.Queued, Processing: u.Running, Accepted: v.Accepted, Paused: u.Paused, Month: &u.Jobs}}
	v.settle()
	return v, nil
}

func (r *Rates) add(accepted, succeeded, failed, seconds int64) {
	r.Accepted += perMinute(accepted, seconds)
	r.Succeeded += perMinute(succeeded, seconds)
	r.Failed += perMinute(failed, seconds)
}

func perMinute(n, seconds int64) float64 { return float64(n) * 60 / float64(seconds) }

// A listedJob is a job of a list, an operator's or an owner's.
type listedJob struct {
	api.Status
	api.OperatorJob

	Progress *int `json:"progress"`
}

func (j *listedJob) job(at int64) Job {
	return Job{
		ID: j.JobID, Tool: j.Tool, Owner: j.Owner, Age: max(at-j.CreatedAt, 0), Quiet: max(at-j.UpdatedAt, 0),
		Attempt: j.Attempt, MaxAttempts: j.MaxAttempts, Progress: j.Progress, Trouble: j.Trouble,
	}
}

// list calls see with jobs of a list; more reports that there are others.
func (a *Asker) list(ctx context.Context, path string, q url.Values, pages int, see func(*listedJob)) (more bool, err error) {
	q.Set("limit", strconv.Itoa(pageSize))
	for range pages {
		var page api.JobList // an operator's has the same members
		if _, err := a.get(ctx, path+"?"+q.Encode(), &page); err != nil {
			return false, err
		}
		for _, text := range page.Jobs {
			var j listedJob
			if err := json.Unmarshal(text, &j); err != nil {
				return false, fmt.Errorf("list jobs: answer of the server: %w", err)
			}
			see(&j)
		}
		if page.NextCursor == nil {
			return false, nil
		}
		q.Set("cursor", *page.NextCursor)
	}
	return true, nil
}

// get asks for one thing, once; it returns the server's time.
func (a *Asker) get(ctx context.Context, path string, into any) (at int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("ask the server: %w", err)
	}
	req.Header.Set("x-api-key", a.key)
	res, err := a.http.Do(req)
	if err != nil {
		return 0, err // with the address
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return 0, fmt.Errorf("answer of the server: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("ask how the server is: %w", refusal(res, text))
	}
	if err := json.Unmarshal(text, into); err != nil {
		return 0, fmt.Errorf("answer of the server: %w", err)
	}
	at = time.Now().Unix()
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		at = date.Unix()
	}
	return at, nil
}

// refusal is what an answer other than 200 says.
func refusal(res *http.Response, text []byte) error {
	refused := &client.Error{HTTPStatus: res.StatusCode, Message: "HTTP " + strconv.Itoa(res.StatusCode), RequestID: res.Header.Get("X-Request-Id")}
	var envelope api.Error
	if err := json.Unmarshal(text, &envelope); err == nil && envelope.Error != "" {
		refused.Code, refused.Message = envelope.Error, envelope.Details.Message
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		refused.RetryAfter = time.Duration(seconds) * time.Second
	}
	return refused
}
