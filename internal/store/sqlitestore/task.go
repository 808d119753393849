package sqlitestore

import (
	"context"
	"fmt"
)

// A task is an operation of one part, for calls that are rare.
type task struct {
	f    func(*tx) error
	grow bool
	err  error
}

func (o *task) Parts() int                      { return 1 }
func (o *task) Bytes() int                      { return 0 }
func (o *task) grows() bool                     { return o.grow }
func (o *task) apply(t *tx, _ int) error        { return o.f(t) }
func (o *task) Settle(_ int, err error, _ bool) { o.err = err }

// write does f in a transaction; what says what is being done, grows whether it
// needs room in the file. f may be called again after its transaction was
// undone.
func (s *Store) write(ctx context.Context, what string, grows bool, f func(*tx) error) error {
	op := &task{f: f, grow: grows}
	err := s.ask(ctx, op)
	if err == nil {
		err = op.err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
