package workbook

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// What a workbook may unpack to, by what its directory says, which package zip holds it to.
const (
	maxUnpacked = 1 << 30   // of all sheets, which are not kept
	maxKept     = 128 << 20 // of the part with the texts of cells, which is
	maxPart     = 16 << 20  // of each other part
	maxParts    = 20_000
	maxPath     = 1000 // bytes of the path of a part
)

// A container is the ZIP archive of a workbook.
type container struct {
	files map[string]*zip.File // by name in lower case, with /
}

// openContainer reads the directory of the archive.
func openContainer(s *pieces) (*container, error) {
	if s.count("PK\x01\x02") > maxParts { // before the directory is read into memory
		return nil, data.TooLarge("The workbook has more than %d parts.", maxParts)
	}
	z, err := zip.NewReader(s, s.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are looked up, never written to
		return nil, grid.Bad("The workbook is damaged: the directory at its end cannot be read.")
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	c := &container{files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		c.files[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	return c, nil
}

func (c *container) file(name string) *zip.File { return c.files[strings.ToLower(name)] }

// open opens a part of at most so many bytes. What fails while it is read is told by damaged.
func (c *container) open(name string, limit uint64) (io.ReadCloser, error) {
	f := c.file(name)
	switch {
	case f == nil:
		return nil, grid.Bad("The workbook is damaged: it has no part %s.", name)
	case f.Flags&1 != 0:
		return nil, grid.Bad("The workbook is encrypted; save it without a password.")
	case f.UncompressedSize64 > limit:
		return nil, data.TooLarge("A part of the workbook, %s, unpacks to %d bytes, more than the %d that are read.", name, f.UncompressedSize64, limit)
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(name, err)
	}
	return r, nil
}

// damaged is the fault for a part that cannot be unpacked.
func damaged(name string, err error) error {
	if errors.Is(err, zip.ErrAlgorithm) {
		return grid.Bad("The workbook's part %s is compressed in a way that is not read.", name)
	}
	return grid.Bad("The workbook is damaged: its part %s cannot be unpacked.", name)
}

// A relation leads from a part to another.
type relation struct {
	kind   string // the last word of its type, for instance worksheet
	target string // the path of the part
}

// relations reads which parts a part leads to, by their ids. A part may have none.
func (c *container) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	found := map[string]relation{}
	if c.file(name) == nil {
		return found, nil
	}
	err := c.scan(name, maxPart, func(x *scanner) error {
		if x.event != begun || string(x.name) != "Relationship" {
			return nil
		}
		id, kind, target, mode := "", "", "", ""
		for a := range x.attributes() {
			switch string(a.name) {
			case "Id":
				id = a.text()
			case "Type":
				kind = a.text()
			case "Target":
				target = a.text()
			case "TargetMode":
				mode = a.text()
			}
		}
		if mode == "External" {
			return nil
		}
		target = strings.ReplaceAll(target, `\`, "/")
		if len(target) > maxPath {
			return grid.Bad("The workbook is damaged: the path of a part has more than %d bytes.", maxPath)
		}
		if !strings.HasPrefix(target, "/") {
			target = "/" + dir + target
		}
		found[id] = relation{kind: kind[strings.LastIndexByte(kind, '/')+1:], target: path.Clean(target)[1:]}
		return nil
	})
	return found, err
}

// scan tells each event of a part.
func (c *container) scan(name string, limit uint64, tell func(x *scanner) error) error {
	r, err := c.open(name, limit)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newScanner(r, name)
	for {
		if err := x.next(); err != nil {
			return err
		}
		if x.event == done {
			return nil
		}
		if err := tell(x); err != nil {
			return err
		}
	}
}
