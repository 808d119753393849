// Package schema checks inputs by a JSON Schema of draft 2020-12 before work is
// begun on them. The library reads schemas and resolves what they refer to; the
// judgment is our own, because the inputs are anybody's: it ends after so many
// steps, keeps no more than the first problems, compares numbers exactly, and says
// what is wrong in plain words, in an order that is always the same.
//
// Nothing is ever fetched, "format" and the keywords of content are annotations
// that nothing is judged by, and regular expressions are those of RE2. What a
// schema is for, and what becomes of an input that does not fit, is not decided
// here.
package schema

import (
	"context"
	"fmt"
	"io"

	"claimcheck/internal/fault"
)

// Limits of inputs. A value takes some hundred bytes of memory, so that both
// together keep a check within about 100 MiB.
const (
	MaxInputBytes int64 = 8 << 20
	MaxValues           = 250_000   // null, booleans, numbers, strings, arrays and objects
	MaxSteps            = 4_000_000 // a schema looking at a value, 32 bytes compared, or 64 bytes matched by one instruction of a pattern, is one
)

// A Compiler makes schemas. Those that it has made check so many inputs at once,
// all together; other inputs wait. It is safe for concurrent use.
type Compiler struct {
	slots chan struct{}
	steps int // of one check
}

// NewCompiler returns a compiler whose schemas check atOnce inputs at once.
func NewCompiler(atOnce int) *Compiler {
	return &Compiler{slots: make(chan struct{}, atOnce), steps: MaxSteps}
}

// A Schema is a compiled schema. It is safe for concurrent use.
type Schema struct {
	root  *rule
	slots chan struct{}
	steps int
}

// Check reads r to its end and judges it; see tool.Check. Failures: Invalid
// INVALID_JSON and INVALID_ENCODING, as the JSON tools have them; Invalid
// INVALID_INPUT with the detail errors, at most [MaxProblems] of type [Problem];
// TooLarge FILE_TOO_LARGE beyond [MaxInputBytes] or [MaxValues]; the cause of ctx;
// errors of r.
func (s *Schema) Check(ctx context.Context, r io.Reader) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	v, problems, err := read(ctx, r)
	if err != nil {
		if fault.Of(err) == nil {
			return fmt.Errorf("read input: %w", err)
		}
		return err
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	j := &judge{ctx: ctx, left: s.steps}
	fits := j.fits(s.root, v, spot{}, nil)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case j.left < 0:
		return invalid([]Problem{{Message: fmt.Sprintf("It takes more than %d steps to judge this input; make it smaller or less deep.", s.steps)}})
	case !fits:
		return invalid(j.problems)
	default:
		return nil
	}
}
