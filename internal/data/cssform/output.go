package cssform

import (
	"bufio"
	"fmt"
)

// What is written between tokens.
var (
	oneSpace       = []byte{' '}
	oneLine        = []byte{'\n'}
	aColon         = []byte{':'}
	aSemicolon     = []byte{';'}
	anOpening      = []byte{'{'}
	aClosing       = []byte{'}'}
	nothingBetween = []byte("/**/")
)

// An output is what is written to.
type output struct {
	out     *bufio.Writer
	escaped bool // the last token ends in an escape of digits
	lastErr error
}

// put writes text, which is not empty. White space ends an escape before a digit and before white
// space, which would be taken for its end.
func (o *output) put(text []byte) {
	if o.escaped && (hex(text[0]) || class[text[0]]&isSpace != 0) {
		o.lastErr = o.out.WriteByte(' ')
	}
	o.escaped = false
	if _, err := o.out.Write(text); err != nil {
		o.lastErr = err
	}
}

func (o *output) failed() error { return written(o.lastErr) }

// written is what is wrong with writing.
func written(err error) error {
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
