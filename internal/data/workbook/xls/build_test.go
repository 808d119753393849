package xls_test

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf16"
)

// A record is its number and what it holds.
type record struct {
	id   uint16
	data []byte
}

// stream joins records.
func stream(records ...record) []byte {
	var b []byte
	for _, r := range records {
		b = binary.LittleEndian.AppendUint16(b, r.id)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(r.data)))
		b = append(b, r.data...)
	}
	return b
}

func words(all ...int) []byte {
	var b []byte
	for _, w := range all {
		b = binary.LittleEndian.AppendUint16(b, uint16(w))
	}
	return b
}

func double(f float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)) }

func bof(kind int) record { return record{0x0809, words(0x0600, kind, 0, 0, 0, 0, 0, 0)} }

var eof = record{0x000A, nil}

// number is a cell with a number.
func number(row, column int, f float64) record {
	return record{0x0203, append(words(row, column, 0), double(f)...)}
}

// latin is a text whose characters are one byte each.
func latin(text string) []byte { return append(append(words(len(text)), 0), text...) }

// workbook is a stream of a workbook with one sheet: records before the sheets, and of the sheet.
func workbook(globals, cells []record) []byte {
	head := slices.Concat([]record{bof(5)}, globals)
	bound := record{0x0085, append(binary.LittleEndian.AppendUint32(nil, 0), append([]byte{0, 0, 5, 0}, "Sheet"...)...)}
	at := len(stream(head...)) + len(stream(bound, eof))
	binary.LittleEndian.PutUint32(bound.data, uint32(at))
	head = append(head, bound, eof)
	return stream(slices.Concat(head, []record{bof(0x10)}, cells, []record{eof})...)
}

const (
	endOfChain = 0xFFFFFFFE
	sector     = 512
)

// compound is a compound file with one stream, which has sectors of its own, and names of others.
func compound(content []byte, names ...string) []byte {
	content = append(slices.Clone(content), make([]byte, max(0, 4096-len(content)))...)
	size := len(content)
	for len(content)%sector != 0 {
		content = append(content, 0)
	}
	n := len(content) / sector
	tables := (n+1+128)/128 + 1
	next := make([]uint32, tables*128)
	for i := range next {
		next[i] = 0xFFFFFFFF
	}
	for i := range tables {
		next[i] = 0xFFFFFFFD
	}
	next[tables] = endOfChain // the directory
	for i := range n {
		next[tables+1+i] = uint32(tables + 2 + i)
	}
	next[tables+n] = endOfChain

	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	for at, v := range map[int]int{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], uint16(v))
	}
	for at, v := range map[int]uint32{44: uint32(tables), 48: uint32(tables), 56: 4096, 60: endOfChain, 68: endOfChain} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		v := uint32(0xFFFFFFFF)
		if i < tables {
			v = uint32(i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	var b []byte
	b = append(b, head...)
	for _, v := range next {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	dir := entry("Root Entry", 5, 1, 0xFFFFFFFF, endOfChain, 0)
	for i, name := range names {
		right := uint32(i + 2)
		if i == len(names)-1 {
			right = 0xFFFFFFFF
		}
		dir = append(dir, entry(name, 2, 0xFFFFFFFF, right, uint32(tables+1), size)...)
	}
	dir = append(dir, make([]byte, max(0, sector-len(dir)))...)
	return append(append(b, dir...), content...)
}

func entry(name string, kind byte, child, right, from uint32, size int) []byte {
	e := make([]byte, 128)
	units := utf16.Encode([]rune(name))
	for i, u := range units {
		binary.LittleEndian.PutUint16(e[2*i:], u)
	}
	binary.LittleEndian.PutUint16(e[64:], uint16(2*len(units)+2))
	e[66] = kind
	for at, v := range map[int]uint32{68: 0xFFFFFFFF, 72: right, 76: child, 116: from, 120: uint32(size)} {
		binary.LittleEndian.PutUint32(e[at:], v)
	}
	return e
}
