package text

import (
	"errors"
	"io"
	"slices"

	"claimcheck/internal/data"
)

// Sizes in bytes of what is read at once, of what a document may declare its encoding
// in (as browsers do), and of what is looked at before a text is taken for Windows-1252.
const (
	readBytes  = 32 << 10
	headBytes  = 1 << 10
	guessBytes = 1 << 20
)

// An Option says more of the encodings that a text may have.
type Option func(*reader)

// OrWindows1252 takes a text for Windows-1252 where it is no UTF-8: that is judged by
// the MiB that begins with the first byte that is not ASCII.
func OrWindows1252(r *reader) { r.guess = true }

// Declared asks find for the encoding that a document declares, with its first bytes, at
// most 1,024, unless it has a byte-order mark or the NULs of UTF-16 and UTF-32, which are
// believed more. The name is one of IANA's in either case; empty is none.
func Declared(find func(head []byte) (name string)) Option {
	return func(r *reader) { r.declared = find }
}

// NewReader reads text as UTF-8, without its byte-order mark. The format stands in the
// message of the fault INVALID_ENCODING, which Read fails with where bytes are no characters;
// what comes before is read first. Errors of in are passed on. It holds at most 32 KiB, and a MiB
// where it guesses.
func NewReader(in io.Reader, format string, options ...Option) io.Reader {
	r := &reader{in: in, format: format, at: data.Start}
	for _, o := range options {
		o(r)
	}
	return r
}

// All reads a whole text, as NewReader.
func All(in io.Reader, format string, options ...Option) ([]byte, error) {
	return io.ReadAll(NewReader(in, format, options...))
}

// A decoder makes UTF-8 of the beginning of src in dst, which has room for a character,
// and returns how much it made of how much. It stops before a character that is not whole,
// and before one that is none, and gives the reason.
type decoder func(dst, src []byte) (made, used int, reason string)

type reader struct {
	in       io.Reader
	format   string
	declared func(head []byte) string
	guess    bool

	begun  bool
	decode decoder
	raw    []byte // read of in, not decoded
	buffer []byte // where raw is, unless it is the head
	inErr  error  // of in, behind raw
	ready  []byte // decoded, not read
	small  [16]byte
	at     data.Position // of what is decoded next
	err    error         // behind ready
}

// Read reads UTF-8, whole characters where p has room for one.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !r.begun {
		r.begun = true
		r.err = r.begin()
	}
	if len(p) < len(r.small) && len(r.ready) == 0 {
		n, err := r.next(r.small[:])
		r.ready, r.err = r.small[:n], err
	}
	if len(r.ready) > 0 {
		n := copy(p, r.ready)
		r.ready = r.ready[n:]
		return n, nil
	}
	if len(p) < len(r.small) {
		return 0, r.err
	}
	n, err := r.next(p)
	if r.err = err; n > 0 {
		return n, nil
	}
	return 0, err
}

// next decodes into p, which has room for a character. It gives text or an error, or both.
func (r *reader) next(p []byte) (int, error) {
	for r.err == nil {
		n, err := r.step(p)
		r.at = r.at.After(p[:n])
		if err != nil || n > 0 {
			return n, err
		}
	}
	return 0, r.err
}

// step decodes what there is into p, or reads more of it.
func (r *reader) step(p []byte) (int, error) {
	if r.decode == nil {
		return r.plain(p)
	}
	made, used, reason := r.decode(p, r.raw)
	r.raw = r.raw[used:]
	switch {
	case reason != "":
		return made, r.bad(p[:made], reason)
	case made > 0:
		return made, nil
	case r.inErr == nil:
		r.fill(readBytes)
		return 0, nil
	case len(r.raw) > 0 && errors.Is(r.inErr, io.EOF):
		return 0, r.bad(nil, "Expected the rest of a character, but the input ends.")
	default:
		return 0, r.inErr
	}
}

// plain reads what has been UTF-8 so far straight into p, where it stays. With guess only ASCII
// has been met.
func (r *reader) plain(p []byte) (int, error) {
	before := r.raw
	n := copy(p, before)
	r.raw = before[n:]
	if len(r.raw) == 0 && n < len(p) && r.inErr == nil {
		var more int
		more, r.inErr = r.readOnce(p[n:])
		n += more
	}
	whole, reason := wellFormed(p[:n])
	if r.guess {
		whole, reason = ascii(p[:n]), ""
	}
	switch {
	case whole == n || reason != "":
	case len(r.raw) > 0:
		r.raw = before[whole:]
	default:
		r.raw = slices.Clone(p[whole:n])
	}
	switch {
	case reason != "":
		return whole, r.bad(p[:whole], reason)
	case r.guess && whole < n:
		r.fill(guessBytes)
		r.guess = false
		if valid, reason := wellFormed(r.raw); reason != "" || valid < len(r.raw) && errors.Is(r.inErr, io.EOF) {
			r.decode = guessed
		}
		return whole, nil
	case whole == 0 && errors.Is(r.inErr, io.EOF) && len(r.raw) > 0:
		return 0, r.bad(nil, "Expected the rest of a character in UTF-8, but the input ends.")
	case whole == 0:
		return 0, r.inErr
	default:
		return whole, nil
	}
}

// fill reads until n bytes are there, or the input ends or fails.
func (r *reader) fill(n int) {
	if cap(r.buffer) < n {
		grown := make([]byte, n)
		r.raw = grown[:copy(grown, r.raw)]
		r.buffer = grown
	} else {
		r.raw = r.buffer[:copy(r.buffer[:cap(r.buffer)], r.raw)]
	}
	for len(r.raw) < n && r.inErr == nil {
		var more int
		more, r.inErr = r.readOnce(r.buffer[len(r.raw):n])
		r.raw = r.buffer[:len(r.raw)+more]
	}
}

// readOnce reads something, or an error.
func (r *reader) readOnce(p []byte) (int, error) {
	for range 100 {
		if n, err := r.in.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// bad is the fault for what comes behind the text that was decoded last.
func (r *reader) bad(decoded []byte, reason string) error {
	return data.BadEncoding(r.format, r.at.After(decoded), "%s", reason)
}
