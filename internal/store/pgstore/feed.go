package pgstore

import (
	"context"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
)

const (
	channel      = "claimcheck"
	coalesce     = 10 * time.Millisecond // what is committed within it goes in one notification
	maxPayload   = 7500                  // bytes; PostgreSQL takes 8000
	maxPending   = 10_000                // changes that wait to be told; beyond it only that there were some
	listenAlive  = 10 * time.Second      // a connection that hears nothing that long is asked whether it is there
	reconnectMin = 100 * time.Millisecond
	reconnectMax = 5 * time.Second
	base36       = 36

	// A notification must not make anybody wait for the disk: it is a hint.
	sqlNotify = "SELECT pg_notify('" + channel + "', $1)"
	sqlListen = "LISTEN " + channel
)

// A feed tells other servers what this one has committed, and hears what they
// have. It is a hint that spares waiting: whoever depends on it looks for
// himself as well.
type feed struct {
	s *Store

	mu         sync.Mutex // guards the fields below
	jobs       map[job.ID]int64
	said       map[job.ID]bool
	lines      map[protocol.Line]bool
	deliveries bool
	missed     bool
	some       chan struct{} // receives when there is something to tell
}

func newFeed(s *Store) *feed {
	return &feed{s: s, jobs: map[job.ID]int64{}, said: map[job.ID]bool{}, lines: map[protocol.Line]bool{}, some: make(chan struct{}, 1)}
}

// tell takes what a committed transaction has changed; due says that there are
// deliveries which are due.
func (f *feed) tell(jobs []protocol.Notice, lines []protocol.Line, due bool) {
	if len(jobs) == 0 && len(lines) == 0 && !due {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range jobs {
		if len(f.jobs) >= maxPending {
			f.missed = true
			break
		}
		// Two transactions of this process may be told in the other order.
		if told, ok := f.jobs[n.ID]; !ok || told != 0 && (n.Version == 0 || n.Version > told) {
			f.jobs[n.ID] = n.Version
		}
		if n.Said {
			f.said[n.ID] = true
		}
	}
	for _, l := range lines {
		f.lines[l] = true
	}
	f.deliveries = f.deliveries || due
	select {
	case f.some <- struct{}{}:
	default:
	}
}

// send tells the other servers until ctx is done.
func (f *feed) send(ctx context.Context) {
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.some:
		}
		if !pg.Pause(ctx, time.Until(last.Add(coalesce))) {
			return
		}
		last = time.Now()
		for _, payload := range f.payloads() {
			if err := f.notify(ctx, payload); err != nil {
				f.s.o.Log.DebugContext(ctx, "a notification was not sent", "err", err)
				break // they will look
			}
		}
	}
}

func (f *feed) notify(ctx context.Context, payload string) error {
	limited, cancel := context.WithTimeout(ctx, pg.ConnectTimeout)
	defer cancel()
	_, err := f.s.db.Pool.Exec(limited, sqlNotify, payload)
	return err
}

// payloads empties the feed into texts that fit. Each has four lines: who and
// when, jobs with their versions, owners and tools with waiting jobs, and marks.
func (f *feed) payloads() []string {
	f.mu.Lock()
	jobs, said, lines, marks := f.jobs, f.said, f.lines, ""
	if f.deliveries {
		marks += "d"
	}
	if f.missed {
		marks += "m"
	}
	f.jobs, f.said, f.lines, f.deliveries, f.missed = map[job.ID]int64{}, map[job.ID]bool{}, map[protocol.Line]bool{}, false, false
	f.mu.Unlock()

	head := strconv.FormatInt(f.s.db.Name(), base36) + " " + strconv.FormatInt(f.s.Now().UnixMilli(), base36) + "\n"
	var all []string
	var first, second strings.Builder
	flush := func() {
		if first.Len()+second.Len() > 0 || marks != "" {
			all = append(all, head+first.String()+"\n"+second.String()+"\n"+marks)
		}
		first.Reset()
		second.Reset()
		marks = ""
	}
	notice := func(id job.ID, version int64) {
		first.WriteString(base64.RawURLEncoding.EncodeToString(id[:]))
		first.WriteByte('.')
		first.WriteString(strconv.FormatInt(version, base36))
		first.WriteByte(' ')
		if first.Len() > maxPayload {
			flush()
		}
	}
	for id, version := range jobs {
		notice(id, version)
		if said[id] {
			notice(id, protocol.Unchanged) // to servers of an earlier release a version that nobody waits for
		}
	}
	for l := range lines {
		second.WriteString(url.QueryEscape(l.Owner))
		second.WriteByte('/')
		second.WriteString(url.QueryEscape(l.Tool))
		second.WriteByte(' ')
		if first.Len()+second.Len() > maxPayload-300 {
			flush()
		}
	}
	flush()
	return all
}

// Follow calls tell with what other servers do, until ctx is done; it is told
// within about 20 ms. After a connection was lost it says that something was
// missed.
func (s *Store) Follow(ctx context.Context, tell func(protocol.News)) {
	wait := reconnectMin
	for ctx.Err() == nil {
		if s.o.Quiet {
			<-ctx.Done()
			return
		}
		began := time.Now()
		err := s.listen(ctx, tell)
		if ctx.Err() != nil {
			return
		}
		s.o.Log.WarnContext(ctx, "notifications of other servers are not heard", "err", pg.Plain(err))
		if time.Since(began) > listenAlive {
			wait = reconnectMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, reconnectMax)
		}
	}
}

func (s *Store) listen(ctx context.Context, tell func(protocol.News)) error {
	c, err := s.db.Direct(ctx)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = c.Close(end) // it has nothing to lose
	}()
	limited, cancel := context.WithTimeout(ctx, pg.ConnectTimeout)
	_, err = c.Exec(limited, sqlListen)
	cancel()
	if err != nil {
		return err
	}
	tell(protocol.News{Missed: true})
	for {
		limited, cancel := context.WithTimeout(ctx, listenAlive)
		n, err := c.WaitForNotification(limited)
		cancel()
		if err == nil {
			s.heard(n.Payload, tell)
			continue
		}
		if ctx.Err() != nil || c.IsClosed() {
			return err
		}
		limited, cancel = context.WithTimeout(ctx, pg.ConnectTimeout)
		err = c.Ping(limited)
		cancel()
		if err != nil {
			return err
		}
	}
}

// heard reads a notification. One that cannot be read is of another release:
// then everything may have changed.
func (s *Store) heard(payload string, tell func(protocol.News)) {
	lines := strings.SplitN(payload, "\n", 4)
	who, when, ok := strings.Cut(lines[0], " ")
	if who == strconv.FormatInt(s.db.Name(), base36) {
		return
	}
	if !ok || len(lines) != 4 {
		tell(protocol.News{Missed: true})
		return
	}
	if ms, err := strconv.ParseInt(when, base36, 64); err == nil && s.o.OnLag != nil {
		s.o.OnLag(max(s.Now().Sub(time.UnixMilli(ms)), 0))
	}
	news := protocol.News{Missed: strings.Contains(lines[3], "m")}
	for item := range strings.FieldsSeq(lines[1]) {
		id, version, _ := strings.Cut(item, ".")
		b, err := base64.RawURLEncoding.DecodeString(id)
		v, notNumber := strconv.ParseInt(version, base36, 64)
		if err != nil || notNumber != nil || len(b) != len(job.ID{}) {
			news.Missed = true
			continue
		}
		news.Jobs = append(news.Jobs, protocol.Notice{ID: job.ID(b), Version: v, Said: v == protocol.Unchanged})
	}
	for item := range strings.FieldsSeq(lines[2]) {
		owner, tool, _ := strings.Cut(item, "/")
		owner, err1 := url.QueryUnescape(owner)
		tool, err2 := url.QueryUnescape(tool)
		news.Missed = news.Missed || err1 != nil || err2 != nil
		news.Lines = append(news.Lines, protocol.Line{Owner: owner, Tool: tool})
	}
	if strings.Contains(lines[3], "d") && s.o.OnDelivery != nil {
		s.o.OnDelivery()
	}
	tell(news)
}
