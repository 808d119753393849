// Package coding undoes the content codings of HTTP (RFC 9110, section 8.4):
// gzip, deflate, br and zstd, as bytes arrive and within limits. It knows
// nothing of requests or jobs.
package coding

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Accepted is the value of an Accept-Encoding field that names what [Names]
// and [Reader] know.
const Accepted = "gzip, deflate, br, zstd"

const (
	maxCodings = 4       // one upon another
	maxWindow  = 8 << 20 // of zstd, in bytes (RFC 9659)

	// overhead bounds, beside one byte in 64, how far what was read may run ahead of
	// what was decoded of it. No encoder in use comes near it: the most that a decoder
	// must have in advance is a block of zstd, 128 KiB.
	overhead = 512 << 10
)

// An UnknownError is a coding that cannot be undone here.
type UnknownError struct{ Name string }

// Error names the coding.
func (e *UnknownError) Error() string { return fmt.Sprintf("content coding %q is not known", e.Name) }

// A BrokenError is a body that is not what its coding says.
type BrokenError struct {
	Name string // of the coding
	Err  error
}

// Error names the coding.
func (e *BrokenError) Error() string { return fmt.Sprintf("not valid %s: %v", e.Name, e.Err) }

// Unwrap returns what the decoder found.
func (e *BrokenError) Unwrap() error { return e.Err }

var (
	errBehind = errors.New("there is more behind its end")
	errVain   = errors.New("it is much longer than what it decodes to")
)

// Names returns the codings that the lines of a Content-Encoding field list, in
// the order in which they were applied, lower-case and without identity. It
// fails with an *[UnknownError].
func Names(lines []string) ([]string, error) {
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			switch name = strings.ToLower(strings.TrimSpace(name)); name {
			case "", "identity":
				continue
			case "x-gzip": // RFC 9110, section 8.4.1.3
				name = "gzip"
			case "gzip", "deflate", "br", "zstd":
			default:
				return nil, &UnknownError{Name: name}
			}
			names = append(names, name)
		}
	}
	if len(names) > maxCodings {
		return nil, &UnknownError{Name: strings.Join(names[:maxCodings+1], ", ")}
	}
	return names, nil
}

// Longest returns how many bytes the encoded form of most bytes may have.
func Longest(most int64) int64 { return most + most/64 + overhead }

// NewReader returns what r decodes to, r having the codings that [Names]
// returned. Reading fails with *[BrokenError] where the body is not what it
// says or is longer than [Longest] of what came of it, and with r's own errors
// as they are; what is decoded has no limit. Close frees memory and does not
// close r.
func NewReader(r io.Reader, names []string) *Reader {
	d := &Reader{top: r}
	for _, name := range slices.Backward(names) {
		d.layers = append(d.layers, &layer{name: name, from: d.top})
		d.top = d.layers[len(d.layers)-1]
	}
	return d
}

// A Reader decodes. It is used by one goroutine.
type Reader struct {
	layers []*layer
	top    io.Reader
}

// Read implements [io.Reader]; [NewReader] says how it fails.
func (d *Reader) Read(p []byte) (int, error) { return d.top.Read(p) }

// Close frees what the decoders use.
func (d *Reader) Close() error {
	for _, l := range d.layers {
		if l.free != nil {
			l.free()
		}
	}
	return nil
}

// A layer undoes one coding; it begins when it is first read.
type layer struct {
	name    string
	from    io.Reader
	in      *bufio.Reader // of source
	decoder io.Reader
	free    func()
	taken   int64 // bytes of from
	given   int64 // bytes decoded
	own     error // of from, to tell it from the decoder's
	err     error // of all further reads
}

// source is what the decoder reads.
type source struct{ *layer }

// Read implements [io.Reader]. It refuses to go on where far more was read than
// came of it.
func (s source) Read(p []byte) (int, error) {
	if s.taken > Longest(s.given) {
		return 0, errVain
	}
	n, err := s.from.Read(p)
	s.taken += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.own = err
	}
	return n, err
}

// Read implements [io.Reader]. Once it has failed it fails for ever.
func (l *layer) Read(p []byte) (int, error) {
	if l.err == nil && l.decoder == nil {
		l.err = l.reason(l.begin())
	}
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.decoder.Read(p)
	l.given += int64(n)
	if err == io.EOF { //nolint:errorlint // decoders return it as it is
		err = l.end()
	}
	l.err = l.reason(err)
	return n, l.err
}

// end returns io.EOF if the source ends where the decoder has ended.
func (l *layer) end() error {
	_, err := l.in.ReadByte()
	if err == nil {
		return errBehind
	}
	return err
}

// reason tells an error of the source from the decoder's.
func (l *layer) reason(err error) error {
	switch {
	case err == nil:
		return nil
	case l.own != nil:
		return l.own
	case err == io.EOF: //nolint:errorlint // decoders return it as it is
		return io.EOF
	default:
		return &BrokenError{Name: l.name, Err: err}
	}
}

// begin makes the decoder. Nothing at all decodes to nothing: an empty body has
// no header of its coding.
func (l *layer) begin() error {
	l.in = bufio.NewReader(source{l})
	head, err := l.in.Peek(2)
	if len(head) == 0 {
		return err
	}
	switch l.name {
	case "gzip":
		l.decoder, err = gzip.NewReader(l.in)
	case "deflate":
		l.decoder, err = inflate(l.in, head)
	case "br":
		l.decoder, err = brotli.NewReader(l.in), nil
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(l.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			l.decoder, l.free = z, z.Close
		}
	}
	if err == io.EOF { //nolint:errorlint // as above
		err = io.ErrUnexpectedEOF
	}
	return err
}

// inflate decodes deflate, which is the zlib format (RFC 9110, section
// 8.4.1.2); some programs send it without zlib's header.
func inflate(in io.Reader, head []byte) (io.Reader, error) {
	const method, checked = 8, 31 // RFC 1950, section 2.2
	if len(head) == 2 && head[0]&0x0f == method && (int(head[0])<<8|int(head[1]))%checked == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}
