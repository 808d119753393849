package workbook

import (
	"cmp"
	"strconv"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// A book is what the sheets of a workbook share.
type book struct {
	files    *container
	date1904 bool
	formats  []grid.Format // of the cells, by the index that they name
	shared   texts
}

// open opens a workbook. Sheets without cells, those of charts and of old macros, are none of the result.
func open(s *pieces) ([]grid.Sheet, error) {
	files, err := openContainer(s)
	if err != nil {
		return nil, err
	}
	main, err := files.mainPart()
	if err != nil {
		return nil, err
	}
	relations, err := files.relations(main)
	if err != nil {
		return nil, err
	}
	b := &book{files: files}
	sheets, err := b.sheets(main, relations)
	if err != nil {
		return nil, err
	}
	for _, r := range relations {
		switch r.kind {
		case "styles":
			err = b.readStyles(r.target)
		case "sharedStrings":
			err = b.shared.read(files, r.target)
		}
		if err != nil {
			return nil, err
		}
	}
	return sheets, nil
}

// mainPart finds the part that names the sheets.
func (c *container) mainPart() (string, error) {
	relations, err := c.relations("")
	if err != nil {
		return "", err
	}
	name := ""
	for _, r := range relations {
		if r.kind == "officeDocument" && c.file(r.target) != nil {
			name = r.target
		}
	}
	name = cmp.Or(name, "xl/workbook.xml")
	if c.file(name) == nil || seemsOther(name) {
		return "", grid.Bad("This is no workbook: %s.", seemsZip(c.files))
	}
	return name, nil
}

// seemsOther reports whether the main part of a file is one of another format.
func seemsOther(name string) bool { return len(name) < 4 || name[len(name)-4:] != ".xml" }

// sheets reads the part that names the sheets.
func (b *book) sheets(main string, relations map[string]relation) ([]grid.Sheet, error) {
	var all []grid.Sheet
	unpacked, known, root := uint64(0), map[string]bool{}, ""
	err := b.files.scan(main, maxPart, func(x *scanner) error {
		if x.event != begun {
			return nil
		}
		if root == "" {
			root = string(x.name)
		}
		switch string(x.name) {
		case "workbookPr":
			for a := range x.attributes() {
				b.date1904 = b.date1904 || string(a.name) == "date1904" && isTrue(a.value)
			}
		case "sheet":
			s := &part{book: b}
			id := ""
			for a := range x.attributes() {
				switch {
				case string(a.name) == "name":
					s.name = a.text()
				case string(local(a.name)) == "id" && len(a.name) > len("id"):
					id = a.text()
				}
			}
			r, ok := relations[id]
			switch {
			case len(s.name) > grid.MaxName:
				return grid.Bad("The workbook is damaged: the name of a sheet has more than %d bytes.", grid.MaxName)
			case !ok || known[r.target]:
				return grid.Bad("The workbook is damaged: no part has the cells of sheet %q alone.", s.name)
			case r.kind != "worksheet":
				return nil
			}
			known[r.target] = true
			s.path = r.target
			all = append(all, s)
			f := b.files.file(s.path)
			if f == nil {
				return grid.Bad("The workbook is damaged: it has no part %s.", s.path)
			}
			if unpacked += f.UncompressedSize64; unpacked > maxUnpacked {
				return data.TooLarge("The sheets of the workbook unpack to more than the %d bytes that are read.", maxUnpacked)
			}
		}
		return nil
	})
	if err == nil && root != "workbook" {
		err = grid.Bad("This is no workbook: %s.", seemsZip(b.files.files))
	}
	return all, err
}

func isTrue(value []byte) bool { return string(value) == "1" || string(value) == "true" }

// readStyles reads which formats of cells are of dates.
func (b *book) readStyles(name string) error {
	codes := map[int]grid.Format{}
	in := false // the formats of cells, which are not those of their styles
	return b.files.scan(name, maxPart, func(x *scanner) error {
		at := string(x.name)
		switch {
		case x.event == ended && at == "cellXfs":
			in = false
		case x.event != begun:
		case at == "cellXfs":
			in = true
		case at == "numFmt" && !in:
			id, code := -1, ""
			for a := range x.attributes() {
				switch string(a.name) {
				case "numFmtId":
					id = integer(a.value)
				case "formatCode":
					code = string(decodeEscapes([]byte(a.text())))
				}
			}
			codes[id] = grid.FormatOf(code)
		case at == "xf" && in:
			id := 0
			for a := range x.attributes() {
				if string(a.name) == "numFmtId" {
					id = integer(a.value)
				}
			}
			f, ok := codes[id]
			if !ok {
				f = grid.Builtin(id)
			}
			b.formats = append(b.formats, f)
		}
		return nil
	})
}

// integer reads a number that is not negative; -1 where there is none.
func integer(text []byte) int {
	if len(text) == 0 || len(text) > 9 {
		return -1
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// texts are those that cells share, one behind the other.
type texts struct {
	all  []byte
	ends []uint32 // maxKept is less than a uint32 can count
}

// text is the text of an index; ok is false if there is none.
func (t *texts) text(i int) (text []byte, ok bool) {
	if i < 0 || i >= len(t.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]], true
}

func (t *texts) read(files *container, name string) error {
	if f := files.file(name); f != nil && t.all == nil {
		t.all = make([]byte, 0, min(f.UncompressedSize64, maxKept)) // texts are shorter than their XML
	}
	rich := richText{}
	return files.scan(name, maxKept, func(x *scanner) error {
		isItem := string(x.name) == "si"
		var err error
		switch {
		case x.event == begun && isItem:
			rich = richText{from: len(t.all)}
		case x.event == ended && isItem:
			t.all = append(t.all[:rich.from], decodeEscapes(t.all[rich.from:])...)
			t.ends = append(t.ends, uint32(len(t.all))) //nolint:gosec // at most maxKept
		default:
			t.all, err = rich.event(x, t.all)
		}
		if err != nil {
			return x.bad("text " + strconv.Itoa(len(t.ends)) + ": " + err.Error())
		}
		return nil
	})
}

// A richText is a text in pieces, each with its looks, and perhaps with what says how it is spoken, which
// is no part of it.
type richText struct {
	from   int // in what it is appended to
	in     bool
	spoken bool
}

// event appends to b what an event within the element of a text has of it.
func (r *richText) event(x *scanner, b []byte) ([]byte, error) {
	switch {
	case x.event == chars && r.in:
		return x.appendText(b)
	case x.event == chars:
	case string(x.name) == "rPh":
		r.spoken = x.event == begun
	case string(x.name) == "t":
		r.in = x.event == begun && !r.spoken
	}
	return b, nil
}
