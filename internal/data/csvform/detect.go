package csvform

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"claimcheck/internal/data"
)

// delimiters are those that are found out, the likeliest first.
const delimiters = ",;\t|"

// detect finds out the delimiter by the first records. A first line sep=; names it, as
// Excel writes and reads it, and is no record.
func (s *scanner) detect() error {
	if err := s.more(); err != nil {
		return err
	}
	sample := s.buffer[:s.end]
	if c, length, ok := named(sample); ok {
		s.delimiter = c
		s.start = length
		s.afterCR = sample[length-1] == '\r'
		return nil
	}
	scores := make([]score, 0, len(delimiters))
	for _, c := range []byte(delimiters) {
		scores = append(scores, scored(sample, s.over, c, s.blanks))
	}
	s.delimiter = slices.MaxFunc(scores, compare).delimiter
	return nil
}

// named reads a first line sep=; and returns its length too.
func named(sample []byte) (c byte, length int, ok bool) {
	const word = "sep="
	if !bytes.HasPrefix(sample, []byte(word)) || len(sample) <= len(word)+1 {
		return 0, 0, false
	}
	c = sample[len(word)]
	end := sample[len(word)+1]
	return c, len(word) + 2, (end == '\n' || end == '\r') && c != '"' && c != '\r' && c != '\n' && c < 0x80
}

// A score says how well a delimiter fits.
type score struct {
	delimiter byte
	whole     bool    // the sample is valid with it
	scanned   int     // bytes before the first that is not
	alike     float64 // the share of records that have the commonest number of fields; 0 if that divides nothing
	clean     float64 // the share of fields that have no other delimiter in them
	fields    int     // that number
}

// compare orders scores. Of equal ones slices.MaxFunc takes the first.
func compare(a, b score) int {
	rank := func(v bool) int { return map[bool]int{true: 1}[v] }
	return cmp.Or(
		cmp.Compare(rank(a.whole), rank(b.whole)),
		cmp.Compare(rank(a.alike > 0), rank(b.alike > 0)),
		cmp.Compare(a.alike, b.alike),
		cmp.Compare(a.clean, b.clean),
		cmp.Compare(a.fields, b.fields),
		cmp.Compare(a.scanned, b.scanned),
	)
}

// scored scans a sample with a delimiter. A first record without it may be a title, or the name of the only
// column: then most records must have three fields. The last record, unless it is the only one, does not
// count where the sample is not all of the input.
func scored(sample []byte, all bool, delimiter byte, blanks bool) score {
	s := &scanner{in: bytes.NewReader(nil), delimiter: delimiter, blanks: blanks, buffer: sample, end: len(sample), over: true, at: data.Start}
	counts := map[int]int{}
	records, fields, clean, first := 0, 0, 0, 0
	got := score{delimiter: delimiter, whole: true}
	for {
		err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		cut := s.start == s.end && !all // it may go on behind the sample
		if err != nil && !cut && (all || !s.open) {
			got.whole = false
		}
		if err != nil || cut && records > 0 {
			break
		}
		got.scanned = s.start
		if s.blank() {
			continue
		}
		if records++; records == 1 {
			first = len(s.cells)
		}
		counts[len(s.cells)]++
		fields += len(s.cells)
		for _, c := range s.cells {
			if isClean(c.Text, delimiter) {
				clean++
			}
		}
	}
	for n, times := range counts {
		if share := float64(times) / float64(records); (first > 1 && n > 1 || n > 2 && share > 0.5) && (share > got.alike || share == got.alike && n > got.fields) {
			got.alike, got.fields = share, n
		}
	}
	if fields > 0 {
		got.clean = float64(clean) / float64(fields)
	}
	return got
}

// isClean reports whether a field looks as one does that another delimiter does not divide: it has none of
// them but commas within numbers and commas and semicolons before a space.
func isClean(field []byte, delimiter byte) bool {
	for i, c := range field {
		switch {
		case c == delimiter || bytes.IndexByte([]byte(delimiters), c) < 0:
		case c == '\t' || c == '|':
			return false
		case i+1 < len(field) && field[i+1] == ' ':
		case c == ',' && i > 0 && isDigit(field[i-1]) && i+1 < len(field) && isDigit(field[i+1]) && isNumber(field):
		default:
			return false
		}
	}
	return true
}

// isNumber reports whether a field has digits and what stands between and before them alone.
func isNumber(field []byte) bool {
	for _, c := range field {
		if !isDigit(c) && bytes.IndexByte([]byte(",.-+ '%"), c) < 0 {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
