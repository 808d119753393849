package history

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// What is kept of names, whose number is not ours to say.
const (
	maxCodes      = 64   // codes of errors of one tool in one row; the rest is counted as otherCode
	maxNameBytes  = 200  // of a code or an owner, in a row
	maxOwners     = 4096 // owners of whom is counted in memory at once; then the idler half of them is forgotten
	busiestOwners = 32   // owners in one row: those with the most accepted work
)

// otherCode stands for codes beyond maxCodes.
const otherCode = "OTHER"

// A Count is what was counted of one tool, or, of what is not of a tool, of all.
type Count struct {
	Accepted, Succeeded, Failed int64

	Wait   Histogram        // µs from a job's acceptance to its first attempt
	Run    Histogram        // µs that the last attempt took
	Errors map[string]int64 // failures by code

	Owners map[string]int64 // accepted work by owner
	Commit Histogram        // µs that a commit took
	Batch  Histogram        // operations in one transaction
	Lag    Histogram        // µs that a notification was on its way
}

// add counts what another has counted.
func (c *Count) add(o *Count) {
	c.Accepted += o.Accepted
	c.Succeeded += o.Succeeded
	c.Failed += o.Failed
	for code, n := range o.Errors {
		c.fail(code, n)
	}
	for owner, n := range o.Owners {
		c.own(owner, n)
	}
	for i, h := range c.histograms() {
		h.Add(o.histograms()[i])
	}
}

// histograms are all of a count, in the order of their sections.
func (c *Count) histograms() [5]*Histogram {
	return [5]*Histogram{&c.Wait, &c.Run, &c.Commit, &c.Batch, &c.Lag}
}

// fail counts failures with a code.
func (c *Count) fail(code string, n int64) {
	if c.Errors == nil {
		c.Errors = map[string]int64{}
	}
	if len(code) > maxNameBytes {
		code = otherCode
	}
	if _, known := c.Errors[code]; !known && len(c.Errors) >= maxCodes {
		code = otherCode
	}
	c.Errors[code] += n
}

// own counts an owner's accepted work.
func (c *Count) own(owner string, n int64) {
	if c.Owners == nil {
		c.Owners = map[string]int64{}
	}
	if _, known := c.Owners[owner]; !known && len(c.Owners) >= maxOwners {
		for _, idle := range ranked(c.Owners)[maxOwners/2:] {
			delete(c.Owners, idle.Name)
		}
	}
	c.Owners[owner] += n
}

// A Named is a number of something that has a name.
type Named struct {
	Name string
	N    int64
}

// ranked are the names with the greatest numbers first, equal ones by name.
func ranked(all map[string]int64) []Named {
	list := make([]Named, 0, len(all))
	for name, n := range all {
		list = append(list, Named{name, n})
	}
	slices.SortFunc(list, func(a, b Named) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return list
}

// TopErrors are the codes of most failures, at most so many.
func (c *Count) TopErrors(most int) []Named { return top(c.Errors, most) }

// TopOwners are the owners with the most accepted work, at most so many.
func (c *Count) TopOwners(most int) []Named { return top(c.Owners, most) }

func top(all map[string]int64, most int) []Named {
	list := ranked(all)
	return list[:min(len(list), most)]
}

// The sections of a row's detail: each is its number, its length and its bytes. One
// that is not known was written by a later release and is passed over.
const (
	sectionErrors = 0
	sectionOwners = 1
	sectionFirst  = 2 // of the histograms
)

// detail is what a row has beside its numbers.
func (c *Count) detail() []byte {
	b := section(nil, sectionErrors, names(ranked(c.Errors)))
	b = section(b, sectionOwners, names(c.TopOwners(busiestOwners)))
	for i, h := range c.histograms() {
		b = section(b, sectionFirst+byte(i), h.encode(nil))
	}
	return b
}

func section(b []byte, number byte, content []byte) []byte {
	if len(content) == 0 {
		return b
	}
	return append(binary.AppendUvarint(append(b, number), uint64(len(content))), content...)
}

func names(list []Named) (b []byte) {
	for _, is := range list {
		b = append(binary.AppendUvarint(b, uint64(len(is.Name))), is.Name...)
		b = binary.AppendUvarint(b, uint64(is.N)) //nolint:gosec // it is not below 0
	}
	return b
}

// addDetail counts what a row has beside its numbers.
func (c *Count) addDetail(b []byte) error {
	for len(b) > 0 {
		number := b[0]
		content, rest, err := cut(b[1:])
		if err != nil {
			return err
		}
		b = rest
		switch histograms := c.histograms(); {
		case number == sectionErrors:
			err = eachName(content, c.fail)
		case number == sectionOwners:
			err = eachName(content, c.own)
		case int(number-sectionFirst) < len(histograms):
			err = histograms[number-sectionFirst].addEncoded(content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut takes what begins with its length off the bytes.
func cut(b []byte) (content, rest []byte, err error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) { //nolint:gosec // it is not below 0
		return nil, nil, errDetail
	}
	return b[n : n+int(length)], b[n+int(length):], nil //nolint:gosec // it is not longer than b
}

func eachName(b []byte, each func(name string, n int64)) error {
	for len(b) > 0 {
		name, rest, err := cut(b)
		if err != nil {
			return err
		}
		count, n := binary.Uvarint(rest)
		if n <= 0 || count > math.MaxInt64 {
			return errDetail
		}
		each(string(name), int64(count))
		b = rest[n:]
	}
	return nil
}
