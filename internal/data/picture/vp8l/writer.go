package vp8l

import (
	"encoding/binary"
	"io"
)

// A writer writes bits, the lowest first. Until begin is called it keeps them.
type writer struct {
	out   io.Writer
	begun bool
	buf   []byte
	acc   uint64
	n     int // bits in acc, less than 32
	pad   bool
	err   error
}

const flushBytes = 32 << 10

func (w *writer) bits(v uint32, n int) {
	w.acc |= uint64(v) << w.n
	if w.n += n; w.n >= 32 {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(w.acc)) //nolint:gosec // the lower half
		w.acc >>= 32
		w.n -= 32
		if w.begun && len(w.buf) >= flushBytes {
			w.flush()
		}
	}
}

// length is how many bits were written.
func (w *writer) length() int { return 8*len(w.buf) + w.n }

// begin writes the headers of RIFF and of its chunk, for a number of bits in all.
func (w *writer) begin(bits int) {
	size := (bits + 7) / 8
	w.pad = size%2 == 1
	padded := size + size%2
	header := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(12+padded))...) //nolint:gosec // less than 5 bytes for each of 2^28 pixels
	header = append(header, "WEBPVP8L"...)
	header = binary.LittleEndian.AppendUint32(header, uint32(size)) //nolint:gosec // likewise
	w.buf = append(header, w.buf...)
	w.begun = true
}

func (w *writer) flush() {
	if w.err == nil {
		_, w.err = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// end writes what is left.
func (w *writer) end() error {
	for ; w.n > 0; w.n -= 8 {
		w.buf = append(w.buf, byte(w.acc&0xFF))
		w.acc >>= 8
	}
	if w.pad {
		w.buf = append(w.buf, 0)
	}
	w.flush()
	return w.err
}
