package xls

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"claimcheck/internal/data/workbook/grid"
)

// Magic is what compound files begin with.
const Magic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// The parts of a compound file ([MS-CFB] 2.2 to 2.6).
const (
	headerBytes   = 512
	entryBytes    = 128
	maxRegular    = 0xFFFFFFFA // sectors above have another meaning
	headerSectors = 109        // of the table of chains, named in the header
	noEntry       = 0xFFFFFFFF
	maxTable      = 8 << 20 // bytes of the directory, and of the table of short chains
	storageKind   = 1
	streamKind    = 2
)

// A compound is a file of streams, each a chain of sectors.
type compound struct {
	file   io.ReaderAt
	size   int64
	shift  uint     // of the bytes of a sector
	next   []uint32 // the sector after each
	cutoff int64    // shorter streams are in the short stream

	dir       []byte
	short     *stream // of sectors of 64 bytes
	shortNext []uint32
}

// damaged is the fault for a compound file that is not as it should be.
func damaged(why string) error { return grid.Bad("The workbook is damaged: %s.", why) }

// openCompound reads what leads to streams.
func openCompound(file io.ReaderAt, size int64) (*compound, error) {
	var head [headerBytes]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, damaged("it ends in its first sector")
	}
	c := &compound{file: file, size: size, shift: uint(binary.LittleEndian.Uint16(head[30:])), cutoff: int64(u32(head[56:]))}
	if c.shift != 9 && c.shift != 12 {
		return nil, damaged("its sectors have no size that is known")
	}
	if err := c.readNext(head[:]); err != nil {
		return nil, err
	}
	dir, err := c.chain(u32(head[48:]))
	if err != nil {
		return nil, err
	}
	if c.dir, err = c.all(dir); err != nil {
		return nil, err
	}
	if len(c.dir) < entryBytes {
		return nil, damaged("it has no directory")
	}
	return c, c.readShort(u32(head[60:]), u32(head[64:]))
}

// readShort reads what leads to short streams: their own table of chains, which begins in a sector
// if it has any, and the stream that has their sectors, which is the root's.
func (c *compound) readShort(from, sectors uint32) error {
	c.short = &stream{}
	size := int64(u32(c.dir[120:]))
	if sectors == 0 || size == 0 {
		return nil
	}
	chain, err := c.chain(from)
	if err != nil {
		return err
	}
	table, err := c.all(chain)
	if err != nil {
		return err
	}
	c.shortNext = words(table)
	c.short, err = c.regular(u32(c.dir[116:]), size)
	return err
}

// regular opens a stream of sectors of the file.
func (c *compound) regular(from uint32, size int64) (*stream, error) {
	sectors, err := c.chain(from)
	return &stream{file: c.file, shift: c.shift, base: 1 << c.shift, sectors: sectors, size: min(size, int64(len(sectors))<<c.shift)}, err
}

func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u16(b []byte) int    { return int(binary.LittleEndian.Uint16(b)) }

func words(b []byte) []uint32 {
	all := make([]uint32, len(b)/4)
	for i := range all {
		all[i] = u32(b[4*i:])
	}
	return all
}

// sectors is how many there are beside that of the header, the last perhaps not whole.
func (c *compound) sectors() int { return int((c.size - 1) >> c.shift) }

// readNext reads the table of chains, whose own sectors are named in the header and, if they
// are many, in a chain of further sectors.
func (c *compound) readNext(head []byte) error {
	named := words(head[76:headerBytes])[:headerSectors]
	further := u32(head[68:])
	for n := 0; further <= maxRegular; n++ {
		if n > c.sectors() {
			return damaged("a chain of sectors has no end")
		}
		sector, err := c.sector(further)
		if err != nil {
			return err
		}
		list := words(sector)
		named = append(named, list[:len(list)-1]...)
		further = list[len(list)-1]
	}
	for _, s := range named {
		if s > maxRegular || len(c.next) >= c.sectors() {
			continue
		}
		sector, err := c.sector(s)
		if err != nil {
			return err
		}
		c.next = append(c.next, words(sector)...)
	}
	return nil
}

// sector reads a whole sector. What is missing of the file's last one is zero.
func (c *compound) sector(n uint32) ([]byte, error) {
	b := make([]byte, 1<<c.shift)
	at := (int64(n) + 1) << c.shift
	if at >= c.size {
		return nil, damaged("it ends before one of its sectors")
	}
	m := min(int64(len(b)), c.size-at)
	if _, err := c.file.ReadAt(b[:m], at); err != nil {
		return nil, damaged("a sector cannot be read")
	}
	return b, nil
}

// chain follows a chain of sectors.
func (c *compound) chain(from uint32) ([]uint32, error) { return follow(c.next, from) }

func follow(next []uint32, from uint32) ([]uint32, error) {
	var all []uint32
	for s := from; s <= maxRegular; s = next[s] {
		if int64(s) >= int64(len(next)) {
			return nil, damaged("a chain of sectors leads out of it")
		}
		if len(all) >= len(next) {
			return nil, damaged("a chain of sectors has no end")
		}
		all = append(all, s)
	}
	return all, nil
}

// all reads sectors that are kept: tables and the directory.
func (c *compound) all(sectors []uint32) ([]byte, error) {
	var b []byte
	if int64(len(sectors))<<c.shift > maxTable {
		return nil, damaged("its directory is larger than any")
	}
	for _, s := range sectors {
		sector, err := c.sector(s)
		if err != nil {
			return nil, err
		}
		b = append(b, sector...)
	}
	return b, nil
}

// root tells the streams and storages in the root storage: their names, in lower case, and entries.
func (c *compound) root() (map[string][]byte, error) {
	found := map[string][]byte{}
	seen := 0
	stack := []uint32{u32(c.dir[76:])}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if id == noEntry {
			continue
		}
		if seen++; int64(id) >= int64(len(c.dir)/entryBytes) || seen > len(c.dir)/entryBytes {
			return nil, damaged("its directory is no tree")
		}
		entry := c.dir[int(id)*entryBytes:][:entryBytes]
		if kind := entry[66]; kind == streamKind || kind == storageKind {
			found[strings.ToLower(entryName(entry))] = entry
		}
		stack = append(stack, u32(entry[68:]), u32(entry[72:]))
	}
	return found, nil
}

// entryName is the name of an entry of the directory.
func entryName(entry []byte) string {
	n := max(0, min(u16(entry[64:]), 64)-2) / 2
	units := make([]uint16, n)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(entry[2*i:])
	}
	return string(utf16.Decode(units))
}

// stream opens the stream of an entry.
func (c *compound) stream(entry []byte) (*stream, error) {
	from, size := u32(entry[116:]), int64(u32(entry[120:]))
	if size >= c.cutoff {
		return c.regular(from, size)
	}
	sectors, err := follow(c.shortNext, from)
	return &stream{file: c.short, shift: 6, sectors: sectors, size: min(size, int64(len(sectors))<<6)}, err
}

// A stream is read through its sectors.
type stream struct {
	file    io.ReaderAt
	shift   uint
	base    int64 // where sector 0 begins
	sectors []uint32
	size    int64
}

// ReadAt reads a part of the stream.
func (s *stream) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off < 0 || off >= s.size {
			return n, io.EOF
		}
		in := off & (1<<s.shift - 1)
		piece := p[n:min(int64(len(p)), int64(n)+1<<s.shift-in, int64(n)+s.size-off)]
		m, err := s.file.ReadAt(piece, s.base+int64(s.sectors[off>>s.shift])<<s.shift+in)
		n += m
		off += int64(m)
		if err != nil && m < len(piece) {
			return n, err
		}
	}
	return n, nil
}
