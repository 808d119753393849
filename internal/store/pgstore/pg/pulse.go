package pg

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/store/record"
)

const (
	// CommitPatience is how long the answer of a commit is waited for; then it is in doubt, and no other is begun.
	CommitPatience  = 5 * time.Second
	writePatience   = 8 * time.Second  // for all of a transaction that comes before its commit: many may stand before a lock
	acquirePatience = 25 * time.Second // for a connection: lines may be dead without a word
	beatEvery       = time.Second
	settingEvery    = 5 * time.Second // how often a database without a copy is asked whether it has one now
	confirmPatience = 2 * time.Second // callers wait this long for what they were to be told to be confirmed
	stillPatience   = time.Second     // and writers for commits that end again
	pingPatience    = time.Second
	ownKept         = 4096 // transactions of this process that are remembered as confirmed

	// countedAnew is how far the number of a transaction must be behind others that it
	// is one of another database: of one that was restored from a dump.
	countedAnew = 1 << 20

	// sqlLearn asks what other servers knew lately.
	sqlLearn = "SELECT coalesce(max(confirmed), 0) FROM (SELECT confirmed FROM claimcheck.commits ORDER BY at DESC LIMIT 100) c"
)

var (
	errStill    = errors.New("commits do not end: a copy that has to confirm them is away, or the database stands still")
	errSlow     = errors.New("a transaction did not come to its commit in time")
	errCanceled = errors.New("the commit's wait for the copy was canceled: only the database itself has it")
)

// A pulse knows whether commits end, and what they have confirmed. Where commits
// wait for a copy (synchronous_standby_names), a row can be seen that the copy
// does not have: if the wait of its transaction was canceled, or the database
// restarted meanwhile. What is told of such a row would be undone if the copy took
// the database's place. But a commit that was confirmed confirms all that had ended
// before it began. So every commit of this process notes who had ended, and what is
// told of rows of other servers waits for the next one: a beat, made if there is no other.
// Without a copy nothing waits, and no beats are made.
type pulse struct {
	db     *DB
	copied atomic.Bool // commits wait for a copy
	still  atomic.Bool // commits do not end
	asked  chan struct{}

	mu    sync.Mutex // guards the fields below
	next  *beat      // for those that ask now: it begins after they have asked
	ended snapshot   // confirmed
	own   map[uint32]bool
	order []uint32 // of own
}

// A beat is a commit that changes nothing.
type beat struct {
	done chan struct{}
	err  error // set before done is closed
}

func newBeat() *beat { return &beat{done: make(chan struct{})} }

func newPulse(db *DB) *pulse {
	return &pulse{db: db, asked: make(chan struct{}, 1), next: newBeat(), own: map[uint32]bool{}}
}

// run beats until ctx is done: when it is asked to, and once a second where commits
// wait for a copy or do not end and no other commit has.
func (p *pulse) run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	set := time.Now()
	for {
		asked := false
		select {
		case <-ctx.Done():
			p.over(p.take(), record.Stopping())
			return
		case <-p.asked:
			asked = true
		case <-tick.C:
		}
		switch {
		case asked, p.still.Load(), p.copied.Load() && !p.db.wroteWithin(beatEvery):
			b := p.take()
			p.over(b, p.try(ctx))
		case !p.copied.Load() && time.Since(set) > settingEvery:
			set = time.Now()
			if err := p.measure(ctx); err != nil && ctx.Err() == nil {
				p.db.o.Log.DebugContext(ctx, "it is not known whether commits wait for a copy", "err", err)
			}
		}
	}
}

// take begins the next beat: who asks from now on waits for the one after it.
func (p *pulse) take() *beat {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.next
	p.next = newBeat()
	return b
}

// over answers those that have asked for a beat.
func (p *pulse) over(b *beat, err error) {
	b.err = err
	close(b.done)
}

// try commits something and takes what that has confirmed. If its own wait is given
// up, nothing is lost: nobody is told of what it wrote.
func (p *pulse) try(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, CommitPatience)
	defer cancel()
	m, err := p.commit(limited)
	if err == nil {
		p.note(&m)
		p.db.Wrote(nil)
		return nil
	}
	if limited.Err() != nil && ctx.Err() == nil {
		p.stand(err)
	}
	p.db.Wrote(record.Refused(Plain(err)))
	return err
}

func (p *pulse) commit(ctx context.Context) (m mark, err error) {
	c, err := p.db.Pool.Acquire(ctx)
	if err != nil {
		return m, err
	}
	defer c.Release()
	is := sessionOf(c)
	is.warned.Store(false)
	err = c.QueryRow(ctx, sqlCommitted, p.db.process, p.db.n.Add(1), p.db.clock.now().UnixMilli(), p.confirmed()).Scan(m.into()...)
	if err == nil && is.warned.Load() {
		err = errCanceled
	}
	return m, err
}

// measure asks whether commits wait for a copy.
func (p *pulse) measure(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, ConnectTimeout)
	defer cancel()
	var copied bool
	err := p.db.Pool.QueryRow(limited, "SELECT "+sqlCopied).Scan(&copied)
	if err == nil {
		p.copied.Store(copied)
	}
	return Plain(err)
}

// confirmed is the transaction below which all are confirmed.
func (p *pulse) confirmed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended.all
}

// learn takes what other servers knew to be confirmed: this one may be new.
func (p *pulse) learn(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, stillPatience)
	defer cancel()
	var all int64
	if err := p.db.Pool.QueryRow(limited, sqlLearn).Scan(&all); err != nil {
		p.db.o.Log.DebugContext(ctx, "what other servers know to be confirmed cannot be read", "err", Plain(err))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if all > p.ended.below {
		p.ended = snapshot{all: all, below: all}
	}
}

// note takes what a commit has confirmed that had its answer: itself, and all that
// had ended before.
func (p *pulse) note(m *mark) {
	p.copied.Store(m.copied)
	if p.still.Swap(false) {
		p.db.o.Log.Info("commits end again")
	}
	if !m.copied {
		return
	}
	s, err := parseSnapshot(m.snapshot)
	if err != nil {
		p.db.o.Log.Error("what is confirmed is not known", "err", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended.below-s.below > countedAnew {
		p.own, p.order, p.ended = map[uint32]bool{}, nil, s
	}
	if s.below > p.ended.below {
		p.ended = s
	}
	tx := uint32(m.tx) //nolint:gosec // as rows have it
	if p.own[tx] {
		return
	}
	p.own[tx] = true
	p.order = append(p.order, tx)
	if len(p.order) > ownKept {
		delete(p.own, p.order[0])
		p.order = p.order[1:]
	}
}

// stand notes that a commit did not end in time.
func (p *pulse) stand(err error) {
	if !p.still.Swap(true) {
		p.db.o.Log.Warn("commits do not end in time; nothing is written until one does", "err", Plain(err))
	}
	p.ask()
}

func (p *pulse) ask() {
	select {
	case p.asked <- struct{}{}:
	default:
	}
}

// open reports whether what is told of a row that this transaction wrote must wait
// for a beat.
func (p *pulse) open(tx uint32) bool {
	if !p.copied.Load() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.own[tx] && !p.ended.had(tx)
}

// wait waits for a beat that begins after this call: then all that was seen before
// it is confirmed.
func (p *pulse) wait(ctx context.Context, patience time.Duration) error {
	p.mu.Lock()
	b := p.next
	p.mu.Unlock()
	p.ask()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return fmt.Errorf("no commit has ended within %s: %w", patience, errStill)
	}
}
