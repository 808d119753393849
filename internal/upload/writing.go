package upload

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// The lease of who writes to an upload. It is renewed while that lives, and is
// over by itself if its server died.
const (
	writerLife  = 10 * time.Second
	writerLook  = time.Second // between two looks whether somebody else wants it
	writerRenew = 3           // looks
	waiterLook  = 500 * time.Millisecond
	letGo       = 10 * time.Second // for the last words to the store, when the request is over
)

// errTaken says that another process writes to the upload.
var errTaken = errors.New("another server writes to the upload")

// errLost says that somebody else has the upload by now.
var errLost = fault.New(fault.LeaseLost, blob.CodeLocked, "Another request has taken this upload over; ask for its offset and go on from there.")

// writers are the uploads that this process writes to.
type writers struct {
	process string // begins the names of writers; no other process has it
	count   atomic.Uint64

	mu   sync.Mutex // guards what follows
	busy map[string]*Writing
}

// A Writing has an upload that arrives in parts for itself, in all servers. It is
// used by one goroutine.
type Writing struct {
	Resumable // as it was when it was taken, or last changed by this writing
	s         *Uploads
	plan      account.Plan
	name      string // of this writer in the row
	most      int64  // bytes that the upload may have, for lack of room or by the plan; 0: any number
	leased    bool   // the row names this writer
	parts     int64  // bytes of the parts that it is joined of
	wanted    func()
	want      sync.Once
	isWanted  atomic.Bool
	released  chan struct{}
	stop      context.CancelFunc // ends the watch
	watching  sync.WaitGroup
}

// Take has an owner's upload for the caller alone, until [Writing.Release]. Whoever has it is
// asked to let go and waited for until ctx is done; then it fails with Conflict
// UPLOAD_LOCKED. wanted is called once if somebody else waits for the writing
// that is returned, or it was lost: it is to be released soon. Other failures are those of
// [Uploads.Resumable].
func (s *Uploads) Take(ctx context.Context, owner string, plan account.Plan, id string, wanted func()) (*Writing, error) {
	for {
		w := &Writing{s: s, plan: plan, wanted: wanted, released: make(chan struct{}), stop: func() {}}
		w.name = s.writers.process + strconv.FormatUint(s.writers.count.Add(1), 36)
		if other := s.writers.enter(id, w); other != nil {
			other.Ask()
			select {
			case <-other.released:
			case <-ctx.Done():
				return nil, blob.ErrLocked
			}
			continue
		}
		err := w.lease(ctx, owner, id)
		if err == nil {
			var watch context.Context
			watch, w.stop = context.WithCancel(context.WithoutCancel(ctx))
			w.watching.Go(func() { w.watch(watch, id) })
			return w, nil
		}
		s.writers.leave(id, w)
		switch {
		case ctx.Err() != nil:
			return nil, blob.ErrLocked
		case !errors.Is(err, errTaken):
			return nil, err
		}
		select {
		case <-time.After(waiterLook):
		case <-ctx.Done():
			return nil, blob.ErrLocked
		}
	}
}

// enter returns who has an upload, if somebody else does.
func (ws *writers) enter(id string, w *Writing) (other *Writing) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if other := ws.busy[id]; other != nil {
		return other
	}
	if ws.busy == nil {
		ws.busy = map[string]*Writing{}
	}
	ws.busy[id] = w
	return nil
}

func (ws *writers) leave(id string, w *Writing) {
	ws.mu.Lock()
	delete(ws.busy, id)
	ws.mu.Unlock()
	close(w.released)
}

// Ask asks for the upload: the function that it was taken with is called.
func (w *Writing) Ask() {
	w.want.Do(func() {
		w.isWanted.Store(true)
		if w.wanted != nil {
			w.wanted()
		}
	})
}

// Wanted reports whether somebody else wants the upload, or has taken it.
func (w *Writing) Wanted() bool { return w.isWanted.Load() }

// Released is closed once the upload was released.
func (w *Writing) Released() <-chan struct{} { return w.released }

// lease takes the row, or asks who has it to let go: errTaken.
func (w *Writing) lease(ctx context.Context, owner, id string) error {
	is, err := w.s.Resumable(ctx, owner, id)
	if err != nil {
		return err
	}
	taken := false
	err = w.s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		if is.State, err = job.ParseResume(u.Resume); err != nil {
			return false, err
		}
		if isOver(u, &is.State, l.Now()) {
			return false, ErrGone
		}
		if taken = is.State.Taken(w.name, l.Now()) && !w.s.isDead(is.State.Writer); taken {
			if is.State.Wanted {
				return false, errTaken
			}
			is.State.Wanted = true
			u.Resume = is.State.Encode()
			return true, nil
		}
		has, err := l.Counts(owner)
		if err != nil {
			return false, err
		}
		w.most = w.plan.MaxInputBytes
		if room := w.plan.MaxStoredBytes - has.StoredBytes + u.Size; w.plan.MaxStoredBytes > 0 && (w.most == 0 || room < w.most) {
			w.most = max(room, 1) // 0 would be any number
		}
		is.State.Writer, is.State.Until, is.State.Wanted = w.name, l.Now().Add(writerLife).UnixMilli(), false
		u.Resume = is.State.Encode()
		is.Upload = *u
		return true, nil
	})
	switch {
	case fault.Is(err, fault.NotFound) && !fault.IsCode(err, CodeGone):
		return errNoUpload
	case err != nil:
		return fmt.Errorf("take an upload: %w", err)
	case taken:
		return errTaken
	}
	w.Resumable, w.leased = is, true
	return nil
}

// isDead reports whether a writer's process is known to have ended: nobody but
// this process uses the store, and it is not of this one.
func (s *Uploads) isDead(writer string) bool {
	return s.config.Alone && !strings.HasPrefix(writer, s.writers.process)
}

// change changes the upload's row, if this writer still has it.
func (w *Writing) change(ctx context.Context, decide func(*job.Upload, *job.Resume, protocol.Ledger) error) error {
	var is Resumable
	err := w.s.config.Store.ChangeUpload(ctx, w.Upload.ID, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		state, err := job.ParseResume(u.Resume)
		switch {
		case err != nil:
			return false, err
		case state.Over:
			return false, ErrGone
		case state.Writer != w.name:
			return false, errLost
		}
		if err := decide(u, &state, l); err != nil {
			return false, err
		}
		u.Resume = state.Encode()
		is = Resumable{*u, state}
		return true, nil
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return ErrGone
	case err != nil:
		return fmt.Errorf("change an upload: %w", err)
	}
	w.Resumable, w.leased = is, is.State.Writer == w.name
	return nil
}

// watch renews the lease and looks whether somebody wants it, until it is
// released. What it reads and writes is not the Writing's own copy.
func (w *Writing) watch(ctx context.Context, id string) {
	tick := time.NewTicker(writerLook)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n%writerRenew == 0 {
			w.renew(ctx, id)
		} else if !w.s.config.Alone {
			w.look(ctx, id)
		}
	}
}

// look looks whether somebody else wants the upload.
func (w *Writing) look(ctx context.Context, id string) {
	u, err := w.s.config.Store.Upload(ctx, id)
	if err != nil {
		return // renew finds out what that means
	}
	if state, err := job.ParseResume(u.Resume); err == nil && state.Writer == w.name && state.Wanted {
		w.Ask()
	}
}

// renew says that this writer lives. It may have let go of the row by now.
func (w *Writing) renew(ctx context.Context, id string) {
	err := w.s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		state, err := job.ParseResume(u.Resume)
		if err != nil || state.Writer != w.name {
			return false, errors.Join(errLost, err)
		}
		if state.Wanted {
			w.Ask()
		}
		state.Until = l.Now().Add(writerLife).UnixMilli()
		if until := l.Now().Add(max(w.s.expiry(), writerLife)); !u.Done && until.After(u.Expires) {
			u.Expires = until
		}
		u.Resume = state.Encode()
		return true, nil
	})
	switch {
	case err == nil, ctx.Err() != nil:
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.LeaseLost):
		w.Ask()
	default:
		w.s.config.Log.WarnContext(ctx, "lease of an upload not renewed, to be tried again", "upload", id, "err", err)
	}
}

// unwatch ends the watch.
func (w *Writing) unwatch() {
	w.stop()
	w.watching.Wait()
}

// Release lets others have the upload.
func (w *Writing) Release() {
	defer w.s.writers.leave(w.Upload.ID, w)
	w.unwatch()
	if !w.leased {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), letGo)
	defer cancel()
	err := w.change(ctx, func(_ *job.Upload, state *job.Resume, _ protocol.Ledger) error {
		state.Writer, state.Until, state.Wanted = "", 0, false
		return nil
	})
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.LeaseLost) {
		w.s.config.Log.WarnContext(ctx, "an upload stays locked until its lease is over", "upload", w.Upload.ID, "err", err)
	}
}
