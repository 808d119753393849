package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	loadBatch = 512                  // jobs read in one query
	loadEvery = 4 * time.Millisecond // between two queries while many ask: fewer than 500 a second
	loadBusy  = 2                    // as many in one query are many
)

// A loader reads jobs for all who ask at the same time in one query. The
// database is asked as often as one answer follows the other, but while many
// ask at most once in loadEvery: then more of them share a query.
type loader struct {
	s     *Store
	asked chan *wanted
	gone  chan struct{} // closed when nobody answers any more
}

// A wanted is one caller's job.
type wanted struct {
	id   job.ID
	is   job.Job
	err  error
	done chan struct{}
}

func newLoader(s *Store) *loader {
	return &loader{s: s, asked: make(chan *wanted, loadBatch), gone: make(chan struct{})}
}

// get returns a job that is read after the call.
func (l *loader) get(ctx context.Context, id job.ID) (job.Job, error) {
	w := &wanted{id: id, done: make(chan struct{})}
	select {
	case l.asked <- w:
	case <-ctx.Done():
		return job.Job{}, fmt.Errorf("get job: %w", ctx.Err())
	case <-l.s.db.Closed():
		return job.Job{}, fmt.Errorf("get job: %w", record.Stopping())
	}
	select {
	case <-w.done:
		return w.is, w.err
	case <-ctx.Done():
		return job.Job{}, fmt.Errorf("get job: %w", ctx.Err())
	case <-l.gone:
	}
	select {
	case <-w.done:
		return w.is, w.err
	default: // it came when those before had been refused
		return job.Job{}, fmt.Errorf("get job: %w", record.Stopping())
	}
}

// run answers until ctx is done, then refuses what waits.
func (l *loader) run(ctx context.Context) {
	defer close(l.gone)
	slots := make(chan struct{}, 2) // queries under way: one is answered while the next is asked
	for {
		var batch []*wanted
		select {
		case <-ctx.Done():
			l.refuse()
			return
		case w := <-l.asked:
			batch = append(batch, w)
		}
		slots <- struct{}{}
		batch = l.fill(batch)
		began := time.Now()
		l.s.db.Beside(func(context.Context) {
			l.load(batch)
			<-slots
		})
		if len(batch) >= loadBusy {
			select {
			case <-ctx.Done():
			case <-time.After(time.Until(began.Add(loadEvery))):
			}
		}
	}
}

func (l *loader) fill(batch []*wanted) []*wanted {
	for len(batch) < loadBatch {
		select {
		case w := <-l.asked:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

func (l *loader) refuse() {
	for {
		select {
		case w := <-l.asked:
			w.err = record.Stopping()
			close(w.done)
		default:
			return
		}
	}
}

// load asks for a batch and answers it.
func (l *loader) load(batch []*wanted) {
	patience, done := l.s.db.Patience()
	defer done()
	ctx, cancel := context.WithTimeout(patience, pg.StatementTimeout)
	defer cancel()
	want := make(map[job.ID]*job.Job, len(batch))
	ids := make([]job.ID, 0, len(batch))
	for _, w := range batch {
		if _, known := want[w.id]; !known {
			want[w.id] = nil
			ids = append(ids, w.id)
		}
	}
	open, err := l.s.readJobs(ctx, l.s.db.Pool, ids, want)
	var later []*wanted
	for _, w := range batch {
		switch is := want[w.id]; {
		case err != nil:
			w.err = err
		case is == nil:
			w.err = record.JobNotFound()
		default:
			w.is = *is
		}
		if _, waits := open[w.id]; waits {
			later = append(later, w)
			continue
		}
		close(w.done)
	}
	if len(later) > 0 {
		l.s.db.Beside(func(context.Context) { l.confirm(later, open) })
	}
}

// confirm answers those whose jobs have ended, by transactions that are not known
// to be safe, once they are.
func (l *loader) confirm(batch []*wanted, open map[job.ID]uint32) {
	err := l.s.db.Beat(context.Background())
	for _, w := range batch {
		if err != nil && l.s.db.Unconfirmed(open[w.id]) {
			w.is, w.err = job.Job{}, err
		}
		close(w.done)
	}
}

// readJobs reads jobs, and returns those whose final status is to be confirmed, with
// the transactions that wrote it.
func (s *Store) readJobs(ctx context.Context, pool *pgxpool.Pool, ids []job.ID, into map[job.ID]*job.Job) (open map[job.ID]uint32, err error) {
	err = s.db.Read(ctx, pool, "get job", func(rows pgx.Rows) error {
		var j job.Job
		var runAt int64
		var tx uint32
		err := unit.ScanJob(rows, &j, &runAt, &tx)
		j.RunAt = record.Time(runAt)
		into[j.ID] = &j
		if err == nil && j.Status.Final() && s.db.Unconfirmed(tx) {
			if open == nil {
				open = map[job.ID]uint32{}
			}
			open[j.ID] = tx
		}
		return err
	}, sqlJobs, pg.UUIDs(ids))
	return open, err
}
