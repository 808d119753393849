package csvform

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"claimcheck/internal/data"
)

// Limits of a row: its bytes, and its fields, which are as many as four worksheets have columns.
const (
	maxRowBytes = 16 << 20
	maxColumns  = 1 << 16
)

// bufferBytes are read at once. A longer row makes the buffer grow.
const bufferBytes = 64 << 10

// A scanner reads records.
type scanner struct {
	in         io.Reader // UTF-8
	delimiter  byte
	blanks     bool // blanks may be around quotes
	buffer     []byte
	start, end int  // of what is not scanned, in buffer
	over       bool // in has ended
	afterCR    bool // an LF at start belongs to the line break before it

	cells   []data.Token // of the record
	scratch []byte       // fields whose quotes were undone
	quoted  bool         // the record has quotes
	from    int          // where the record begins and ends in buffer, without its line break
	to      int

	at     data.Position // of the beginning of buffer
	failed error         // of the record
	open   bool          // it failed because a quote was not closed
}

func newScanner(in io.Reader, buffer int) *scanner {
	return &scanner{in: in, buffer: make([]byte, buffer), at: data.Start}
}

// next scans a record: its cells are good until the next. It is io.EOF after the last.
func (s *scanner) next() error {
	for {
		if s.skipLF(); s.start == s.end && s.over {
			return io.EOF
		}
		if s.start < s.end && s.record() {
			return s.failed
		}
		if s.failed != nil {
			return s.failed
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// blank reports whether the record is a line without anything in it.
func (s *scanner) blank() bool { return s.from == s.to }

func (s *scanner) skipLF() {
	if s.afterCR && s.start < s.end {
		s.afterCR = false
		if s.buffer[s.start] == '\n' {
			s.start++
		}
	}
}

// more reads on behind what is not scanned, which begins the buffer then.
func (s *scanner) more() error {
	s.at = s.at.After(s.buffer[:s.start])
	rest := s.buffer[s.start:s.end]
	if len(rest) > len(s.buffer)/2 {
		if len(s.buffer) >= maxRowBytes {
			return data.TooLarge("The row that begins in line %d is larger than the %d bytes that a row of CSV may have.", s.at.Line, maxRowBytes)
		}
		s.buffer = make([]byte, 2*len(s.buffer))
	}
	s.start, s.end = 0, copy(s.buffer, rest)
	for s.end < len(s.buffer) && !s.over {
		n, err := s.in.Read(s.buffer[s.end:])
		s.end += n
		if errors.Is(err, io.EOF) {
			s.over = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Eight bytes at a time: ones has a 1 in each byte, high the highest bit of each.
const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// equal has, as its lowest bit that is set, the highest bit of the first byte of x that is
// that of eight.
func equal(x, eight uint64) uint64 {
	x ^= eight
	return (x - ones) &^ x & high
}

// record scans the record at start. It is false where its end is not in the buffer.
func (s *scanner) record() bool {
	b, i := s.buffer[:s.end], s.start
	cells := s.cells[:0]
	s.scratch, s.quoted = s.scratch[:0], false
	delimiter := s.delimiter
	delimiters := ones * uint64(delimiter)
	for {
		if len(cells) >= maxColumns {
			return s.tooWide()
		}
		if i < len(b) && b[i] == '"' {
			s.cells = cells
			next, last, ok := s.quotedField(i)
			if !ok {
				return false
			}
			cells = s.cells
			if i = next; last {
				return true
			}
			continue
		}
		j := i
		for ; j+8 <= len(b); j += 8 {
			x := binary.LittleEndian.Uint64(b[j:])
			if m := equal(x, delimiters) | equal(x, ones*'\n') | equal(x, ones*'"') | equal(x, ones*'\r'); m != 0 {
				j += bits.TrailingZeros64(m) >> 3
				goto found
			}
		}
		for j < len(b) && b[j] != delimiter && b[j] != '\n' && b[j] != '"' && b[j] != '\r' {
			j++
		}
	found:
		if j == len(b) && !s.over {
			return false
		}
		if j < len(b) && b[j] == '"' {
			if s.blanks && s.afterBlanks(i) == j {
				i = j
				continue
			}
			return s.fail(j, "Expected a delimiter or the end of the line, but found a quote in a field that did not begin with one.")
		}
		cells = append(cells, data.Token{Kind: data.String, Text: b[i:j:j]})
		if j == len(b) || b[j] != delimiter {
			s.cells = cells
			return s.done(j)
		}
		i = j + 1
	}
}

// quotedField scans the field whose quote opens at i, and what is behind it. It returns where the next
// field begins, and whether this one was the last of its record. It is not ok where its end is not
// in the buffer, and where it failed.
func (s *scanner) quotedField(i int) (next int, last, ok bool) {
	b := s.buffer[:s.end]
	s.quoted = true
	text := i + 1      // where what is not in scratch begins
	begins := -1       // where the field begins in scratch
	for j := text; ; { // looks for a quote
		n := bytes.IndexByte(b[j:], '"')
		if n < 0 && s.over {
			line := s.position(i).Line
			s.open = true
			s.fail(len(b), "Expected a quote that closes the field that began in line %d, but the input ends.", line)
		}
		if n < 0 {
			return 0, false, false
		}
		j += n + 1
		if j < len(b) && b[j] == '"' {
			if begins < 0 {
				begins = len(s.scratch)
			}
			s.scratch = append(s.scratch, b[text:j]...)
			j++
			text = j
			continue
		}
		if j == len(b) && !s.over {
			return 0, false, false
		}
		field := b[text : j-1 : j-1]
		if begins >= 0 {
			s.scratch = append(s.scratch, field...)
			field = s.scratch[begins:len(s.scratch):len(s.scratch)]
		}
		if s.blanks {
			if j = s.afterBlanks(j); j == len(b) && !s.over {
				return 0, false, false
			}
		}
		s.cells = append(s.cells, data.Token{Kind: data.String, Text: field})
		switch {
		case j < len(b) && b[j] == s.delimiter:
			return j + 1, false, true
		case j == len(b) || b[j] == '\n' || b[j] == '\r':
			return j, true, s.done(j)
		default:
			s.fail(j, "Expected a delimiter or the end of the line behind the quote that closes a field.")
			return 0, false, false
		}
	}
}

// afterBlanks returns where spaces and tabs end that begin at i.
func (s *scanner) afterBlanks(i int) int {
	for i < s.end && (s.buffer[i] == ' ' || s.buffer[i] == '\t') && s.buffer[i] != s.delimiter {
		i++
	}
	return i
}

// done ends the record at a line break, or the end.
func (s *scanner) done(end int) bool {
	s.from, s.to = s.start, end
	s.start = end
	if end < s.end {
		s.afterCR = s.buffer[end] == '\r'
		s.start++
	}
	return true
}

// fail ends the scanning at an offset in buffer.
func (s *scanner) fail(at int, reason string, args ...any) bool {
	s.failed = data.Invalid("CSV", s.position(at), reason, args...)
	return false
}

func (s *scanner) tooWide() bool {
	s.failed = data.TooLarge("The row that begins in line %d has more than the %d fields that a row may have.", s.position(s.start).Line, maxColumns)
	return false
}

// position returns that of an offset in buffer.
func (s *scanner) position(at int) data.Position { return s.at.After(s.buffer[:at]) }
