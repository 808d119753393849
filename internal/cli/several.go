package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"claimcheck/internal/foreign"
)

const (
	inFlight   = 4  // calls of one command at a time
	inWait     = 16 // jobs of one command that are waited for at a time
	inTransfer = 2  // files of one command that are on their way at a time
)

// idForm is how a job's id is written.
var idForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// checkIDs refuses what is no job's id before anything is asked, so that a slip
// in one of several changes nothing.
func checkIDs(command string, ids []string) error {
	if len(ids) == 0 {
		return UsageError("%s needs the ID of a job", command)
	}
	for _, id := range ids {
		if !idForm.MatchString(id) {
			return UsageError("%s: %v is no job's ID, which is 32 hexadecimal digits written as 8-4-4-4-12; nothing was done", command, foreign.Text(id))
		}
	}
	return nil
}

// errNotAsked is what came of a job that was not asked for, because the server
// could not be asked for one before it, or the command was interrupted.
var errNotAsked = errors.New("not asked")

// several does the same for each id, with some of them under way at a time, and
// shows what came of each in the order of the ids. After an error that is the
// server's or the network's, and when ctx ends, it begins no more; what is under
// way is waited for. It returns the first error of show, after which it shows no
// more.
func several[T any](ctx context.Context, ids []string, width int, do func(ctx context.Context, id string) (T, error), show func(id string, got T, err error) error) error {
	type reply struct {
		got T
		err error
	}
	replies := make([]chan reply, len(ids))
	for i := range replies {
		replies[i] = make(chan reply, 1)
	}
	var next atomic.Int64
	var over atomic.Bool
	var workers sync.WaitGroup
	for range min(width, len(ids)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(ids)); i = next.Add(1) - 1 {
				r := reply{err: errNotAsked}
				if !over.Load() && ctx.Err() == nil {
					r.got, r.err = do(ctx, ids[i])
				}
				if r.err != nil && codeOf(r.err) == ExitServer {
					over.Store(true)
				}
				replies[i] <- r
			}
		})
	}
	defer workers.Wait()
	for i, id := range ids {
		r := <-replies[i]
		if err := show(id, r.got, r.err); err != nil {
			over.Store(true)
			return err
		}
	}
	return nil
}

// A tally is what a command has to say at its end of the jobs that it is about.
type tally struct {
	e      *Env
	code   int             // the greatest exit code of any
	said   map[string]bool // sentences that are about all of them, such as that there is no answer
	left   []string        // those that were not asked for
	unsure []string        // those that were asked for when the command was interrupted
}

func newTally(e *Env) *tally { return &tally{e: e, said: map[string]bool{}} }

// failed notes that a job could not be asked for, and says why on stderr, once
// where it is no matter of the job.
func (t *tally) failed(ctx context.Context, id string, err error) error {
	if errors.Is(err, errNotAsked) {
		t.left = append(t.left, id)
		return nil
	}
	if ctx.Err() != nil {
		t.unsure = append(t.unsure, id)
		return nil //nolint:nilerr // it is told at the end, with the others
	}
	t.code = max(t.code, codeOf(err))
	text := reason(err)
	if t.said[text] {
		return nil
	}
	t.said[text] = true
	return complain(t.e, err)
}

// rest are the jobs of which it is not known what came.
func (t *tally) rest() []string { return slices.Concat(t.unsure, t.left) }

// end is how the command ends: what was not done is told, with the command that
// does it.
func (t *tally) end(ctx context.Context, command string) error {
	rest := t.rest()
	if ctx.Err() != nil {
		text := "interrupted"
		if len(rest) > 0 {
			text += "; to go on: claimcheck " + command + " " + strings.Join(rest, " ")
		}
		return &ExitError{ExitInterrupted, text}
	}
	if len(rest) > 0 {
		if _, err := fmt.Fprintf(t.e.Stderr, "claimcheck: not done: %s\n", strings.Join(rest, " ")); err != nil {
			return err
		}
	}
	return t.exit()
}

// exit ends the command with the exit code that goes with what came.
func (t *tally) exit() error {
	if t.code != 0 {
		return &ExitError{Code: t.code}
	}
	return nil
}
