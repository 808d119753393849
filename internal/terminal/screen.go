package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// A Style is how a row looks.
type Style int

// The styles of rows.
const (
	Plain Style = iota
	Bold
	Reverse // dark and bright exchanged
)

var styles = map[Style]string{Plain: "", Bold: "\x1b[1m", Reverse: "\x1b[7m"}

// A Row is one line of a [Screen].
type Row struct {
	Text  string // without control characters; what does not fit is cut off by the terminal
	Style Style
}

// A Screen is a whole terminal on which lines are drawn again and again, while keys
// are read from it as they are pressed. What was on the terminal before comes back
// when it is closed.
type Screen struct {
	in, out  *os.File
	keys     chan byte
	resized  chan os.Signal
	unwatch  func()
	restores []func() error // the last first
}

// Control sequences of terminals (ECMA-48, and xterm's for the other buffer).
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J" // the other buffer, no cursor, lines are cut
	leave = "\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// OpenScreen takes a terminal: keys are read from in, lines are drawn on out. It is
// an error if one of them is none.
func OpenScreen(in, out *os.File) (*Screen, error) {
	s := &Screen{in: in, out: out, keys: make(chan byte, 16)}
	raw, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("take the terminal: %w", err)
	}
	s.restores = append(s.restores, func() error { return term.Restore(int(in.Fd()), raw) })
	if _, _, err := term.GetSize(int(out.Fd())); err != nil {
		return nil, errors.Join(fmt.Errorf("ask for the size of the terminal: %w", err), s.Close())
	}
	restore, err := understandSequences(out)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take the terminal: %w", err), s.Close())
	}
	s.restores = append(s.restores, restore, func() error {
		_, err := io.WriteString(out, leave)
		return err
	})
	if _, err := io.WriteString(out, enter); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.resized, s.unwatch = watchSize()
	go s.read() // it is left behind by Close, in the middle of a read, as the process is about to end
	return s, nil
}

// read hands on the keys until there are no more.
func (s *Screen) read() {
	defer close(s.keys)
	var b [64]byte
	for {
		n, err := s.in.Read(b[:])
		for _, key := range b[:n] {
			select {
			case s.keys <- key:
			default: // nobody wants to know of so many
			}
		}
		if err != nil {
			return
		}
	}
}

// Keys are the bytes that keys send; Ctrl-C is 3, and ends nothing by itself. It is
// closed when there can be no more: the terminal is gone.
func (s *Screen) Keys() <-chan byte { return s.keys }

// Resized has a value when the size may have changed, where the system tells that.
func (s *Screen) Resized() <-chan os.Signal { return s.resized }

// Size is that of the terminal now.
func (s *Screen) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(s.out.Fd()))
	if err != nil || columns < 1 || rows < 1 {
		return 80, 24
	}
	return columns, rows
}

// Draw shows the rows, from the top, and nothing else.
func (s *Screen) Draw(rows []Row) error {
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, l := range rows {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(styles[l.Style] + l.Text + "\x1b[m\x1b[K")
	}
	b.WriteString("\x1b[J")
	_, err := io.WriteString(s.out, b.String())
	return err
}

// Close gives the terminal back as it was.
func (s *Screen) Close() error {
	if s.unwatch != nil {
		s.unwatch()
	}
	var err error
	for _, restore := range slices.Backward(s.restores) {
		err = errors.Join(err, restore())
	}
	s.restores = nil
	return err
}
