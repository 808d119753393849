package xls

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The records that are read ([MS-XLS] 2.3).
const (
	recFormula    = 0x0006
	recEOF        = 0x000A
	recDate1904   = 0x0022
	recFilePass   = 0x002F
	recContinue   = 0x003C
	recBoundSheet = 0x0085
	recMulRk      = 0x00BD
	recRString    = 0x00D6
	recXF         = 0x00E0
	recSST        = 0x00FC
	recLabelSst   = 0x00FD
	recNumber     = 0x0203
	recLabel      = 0x0204
	recBoolErr    = 0x0205
	recString     = 0x0207
	recArray      = 0x0221
	recTable      = 0x0236
	recRK         = 0x027E
	recFormat     = 0x041E
	recShrFmla    = 0x04BC
	recBOF        = 0x0809
)

// A records reads the records of a stream, one after the other.
type records struct {
	in     *bufio.Reader
	id     int    // of the record
	data   []byte // of it; good until the next
	budget *int64 // bytes that may be read; nil: any
}

func newRecords(s io.ReaderAt, from, size int64) *records {
	return &records{in: bufio.NewReaderSize(io.NewSectionReader(s, from, size-from), 32<<10)}
}

// next reads a record. After the last ok is false.
func (r *records) next() (ok bool, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, damaged("it ends within a record")
	}
	r.id = u16(head[:])
	n := u16(head[2:])
	if r.budget != nil {
		if *r.budget -= int64(len(head) + n); *r.budget < 0 {
			return false, damaged("its sheets are in each other")
		}
	}
	if cap(r.data) < n {
		r.data = make([]byte, n, 2*n)
	}
	r.data = r.data[:n]
	if _, err := io.ReadFull(r.in, r.data); err != nil {
		return false, damaged("it ends within a record")
	}
	return true, nil
}

// nextIs reports whether the next record is one of these, without reading it.
func (r *records) nextIs(ids ...int) bool {
	head, err := r.in.Peek(2)
	if err != nil {
		return false
	}
	for _, id := range ids {
		if u16(head) == id {
			return true
		}
	}
	return false
}

// A reading is what is left of a record, and of the records that continue it.
type reading struct {
	*records

	rest []byte
	high uint16 // a half of a character, whose other half comes
}

func (r *records) reading(rest []byte) *reading { return &reading{records: r, rest: rest} }

// more goes to the record that continues this one.
func (r *reading) more() error {
	if !r.nextIs(recContinue) {
		return damaged("a text ends too early")
	}
	_, err := r.next()
	r.rest = r.data
	return err
}

// bytes reads n bytes, which are kept only if there is room.
func (r *reading) bytes(n int, room []byte) error {
	for n > 0 {
		if len(r.rest) == 0 {
			if err := r.more(); err != nil {
				return err
			}
		}
		m := min(n, len(r.rest))
		room = room[copy(room, r.rest[:m]):]
		r.rest = r.rest[m:]
		n -= m
	}
	return nil
}

func (r *reading) number(bytes int) (int, error) {
	var b [4]byte
	err := r.bytes(bytes, b[:])
	return int(binary.LittleEndian.Uint32(b[:])), err
}

// The flags of a text ([MS-XLS] 2.5.293).
const (
	wideFlag   = 1 << 0 // its characters are UTF-16; else the low bytes of it
	spokenFlag = 1 << 2 // how it is spoken follows it
	richFlag   = 1 << 3 // how its parts look follows it
)

// text appends a text, whose length is a number of so many bytes, to b. It may have what follows a text
// that cells share.
func (r *reading) text(b []byte, lengthBytes int) ([]byte, error) {
	n, err := r.number(lengthBytes)
	if err != nil {
		return b, err
	}
	if n == 0 && len(r.rest) == 0 && !r.nextIs(recContinue) {
		return b, nil // some programs end an empty text here
	}
	flags, err := r.number(1)
	if err != nil {
		return b, err
	}
	after := 0
	if flags&richFlag != 0 {
		runs, err := r.number(2)
		if err != nil {
			return b, err
		}
		after = 4 * runs
	}
	if flags&spokenFlag != 0 {
		spoken, err := r.number(4)
		if err != nil {
			return b, err
		}
		after += spoken
	}
	if b, err = r.chars(b, n, flags&wideFlag != 0); err != nil {
		return b, err
	}
	return b, r.bytes(after, nil)
}

// chars appends n UTF-16 units. Where a record ends within them the next one begins with new flags.
func (r *reading) chars(b []byte, n int, wide bool) ([]byte, error) {
	r.high = 0
	for n > 0 {
		if len(r.rest) == 0 {
			if err := r.more(); err != nil {
				return b, err
			}
			if len(r.rest) == 0 {
				return b, damaged("a text ends too early")
			}
			wide = r.rest[0]&wideFlag != 0
			r.rest = r.rest[1:]
			continue
		}
		width := 1
		if wide {
			width = 2
		}
		m := min(n, len(r.rest)/width)
		if m == 0 {
			return b, damaged("half a character is in a text")
		}
		for i := range m {
			unit := uint16(r.rest[width*i])
			if wide {
				unit |= uint16(r.rest[2*i+1]) << 8
			}
			b = r.unit(b, unit)
		}
		r.rest = r.rest[width*m:]
		n -= m
	}
	if r.high != 0 {
		b = utf8.AppendRune(b, utf8.RuneError)
	}
	return b, nil
}

// unit appends a UTF-16 unit. A half of a character without the other becomes U+FFFD.
func (r *reading) unit(b []byte, unit uint16) []byte {
	high := r.high
	r.high = 0
	if high != 0 {
		if c := utf16.DecodeRune(rune(high), rune(unit)); c != utf8.RuneError {
			return utf8.AppendRune(b, c)
		}
		b = utf8.AppendRune(b, utf8.RuneError)
	}
	if unit >= 0xD800 && unit < 0xDC00 {
		r.high = unit
		return b
	}
	return utf8.AppendRune(b, rune(unit)) // a low half alone becomes U+FFFD
}
