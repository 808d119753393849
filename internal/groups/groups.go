// Package groups has what callers ask of groups of jobs, and of the ends of all of
// their jobs: how a group stands, and who waits for its next change or for the next
// end. What a group counts, and in which order jobs end, the store knows; which jobs
// may join a group is package queue's to say.
package groups

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// MaxGroups is how many groups a page of a list has at most.
const MaxGroups = 200

const (
	lookEvery = time.Second           // should nobody have told
	restTime  = 50 * time.Millisecond // between two looks, so that one who waits for busy jobs costs little
)

// Store is what groups need of a store.
type Store interface {
	protocol.Groups
	protocol.Feeds
}

// Config is what groups need. All fields must be set.
type Config struct {
	Store Store
	Queue *queue.Queue
	Now   func() time.Time // the store's clock
}

// Groups are looked at and waited for. It is safe for concurrent use.
type Groups struct {
	Config

	mu    sync.Mutex // guards the field below
	looks map[job.GroupName]*look
}

// New returns groups.
func New(c Config) *Groups { return &Groups{Config: c, looks: map[job.GroupName]*look{}} }

var errNotFound = fault.New(fault.NotFound, "GROUP_NOT_FOUND", "Group not found")

// Get returns a group. NotFound GROUP_NOT_FOUND for one that never was, or of which
// no job is left.
func (g *Groups) Get(ctx context.Context, name job.GroupName) (job.Group, error) {
	list, err := g.Store.Groups(ctx, []job.GroupName{name})
	switch {
	case err != nil:
		return job.Group{}, err
	case len(list) == 0:
		return job.Group{}, errNotFound
	}
	return list[0], nil
}

// List returns up to limit groups of an owner, newest first, and where to go on; zero
// after the last.
func (g *Groups) List(ctx context.Context, owner string, after protocol.GroupCursor, limit int) ([]job.Group, protocol.GroupCursor, error) {
	return g.Store.ListGroups(ctx, owner, after, limit)
}

// Close lets a group take no more jobs; one that is closed stays so. Failures are
// those of Get.
func (g *Groups) Close(ctx context.Context, name job.GroupName) (job.Group, error) {
	is, err := g.Store.ChangeGroup(ctx, name, func(is *job.Group) error {
		is.Closed = true
		return nil
	})
	g.Queue.Changed(name.Owner)
	return is, err
}

// Left is how long it may take until all jobs that the group has are over, and whether
// that is known: what is told of the job that came last or, if that is over, what the
// others would take at the pace of those before.
func (g *Groups) Left(ctx context.Context, is *job.Group) (time.Duration, bool) {
	jobs := is.Jobs()
	unfinished, ended := jobs[job.Queued]+jobs[job.Processing], jobs[job.Success]+jobs[job.Failed]
	if unfinished == 0 {
		return 0, true
	}
	if snap, err := g.Queue.Get(ctx, is.Owner, is.Newest); err == nil && !snap.Job.Status.Final() {
		if w, err := g.Queue.WaitOf(ctx, &snap.Job); err == nil {
			return w.Left, w.Known
		}
	}
	if ended == 0 {
		return 0, false
	}
	return g.Now().Sub(is.Created) / time.Duration(ended) * time.Duration(unfinished), true
}

// Await returns a group as soon as enough says so of it, or as it is when ctx is done.
// However many wait for one, it is read once for all. Failures are those of Get.
func (g *Groups) Await(ctx context.Context, name job.GroupName, enough func(*job.Group) bool) (job.Group, error) {
	l, leave := g.join(name)
	defer leave()
	is, err := g.Get(context.WithoutCancel(ctx), name)
	for err == nil && !enough(&is) {
		next := l.next(&is)
		select {
		case <-ctx.Done():
			return is, nil
		case <-next:
		}
		is, err = l.last()
	}
	return is, err
}

// A look is one group that somebody waits for.
type look struct {
	name job.GroupName
	n    int // who wait; Groups.mu guards it
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex // guards the fields below
	is      job.Group  // as it was read last; zero before
	err     error
	changed chan struct{} // closed at the next reading
}

// join begins to wait for a group; leave must be called.
func (g *Groups) join(name job.GroupName) (l *look, leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l = g.looks[name]
	if l == nil {
		ctx, stop := context.WithCancel(context.Background())
		l = &look{name: name, stop: stop, done: make(chan struct{}), changed: make(chan struct{})}
		g.looks[name] = l
		go l.run(ctx, g, g.Queue.Follow(name.Owner))
	}
	l.n++
	return l, func() { g.leave(l) }
}

func (g *Groups) leave(l *look) {
	g.mu.Lock()
	l.n--
	last := l.n == 0
	if last {
		delete(g.looks, l.name)
	}
	g.mu.Unlock()
	if last {
		l.stop()
		<-l.done
	}
}

// run reads the group after each change of its owner's jobs until ctx is done.
func (l *look) run(ctx context.Context, g *Groups, f *view.Follow) {
	defer close(l.done)
	defer f.Close()
	for ctx.Err() == nil {
		g.pause(ctx, f.C)
		is, err := g.Get(ctx, l.name)
		if ctx.Err() != nil {
			return
		}
		l.tell(is, err)
	}
}

// pause waits between two looks: for a signal, or for a while, and not less than a rest.
func (g *Groups) pause(ctx context.Context, signal <-chan struct{}) {
	sleep(ctx, restTime, nil)
	sleep(ctx, lookEvery, signal)
}

func sleep(ctx context.Context, d time.Duration, signal <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-t.C:
	}
}

func (l *look) tell(is job.Group, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.err == nil && is.Version == l.is.Version && is.Created.Equal(l.is.Created) {
		return
	}
	l.is, l.err = is, err
	close(l.changed)
	l.changed = make(chan struct{})
}

// next is closed once something else was read than who waits has seen.
func (l *look) next(seen *job.Group) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.is.Version > seen.Version || l.is.Created.After(seen.Created) {
		now := make(chan struct{})
		close(now)
		return now
	}
	return l.changed
}

func (l *look) last() (job.Group, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.is, l.err
}
