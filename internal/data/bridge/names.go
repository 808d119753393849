package bridge

import "strconv"

// unique are the names of columns as they were given, but that each is there once and none is
// empty, as csvkit has it: an empty one is the letter that a spreadsheet has for its column, and one that was there
// before gets _2, _3 and so on.
type unique struct {
	taken map[string]int // by name, how often it was wanted
	names []string
}

// add takes the name of the next column.
func (u *unique) add(name string) {
	if u.taken == nil {
		u.taken = map[string]int{}
	}
	if name == "" {
		name = Letters(len(u.names))
	}
	base := name
	for u.taken[name] > 0 {
		u.taken[base]++
		name = base + "_" + strconv.Itoa(u.taken[base])
	}
	u.taken[name] = 1
	u.names = append(u.names, name)
}

// Letters are what a spreadsheet calls a column, counted from 0, in lower case: a to z, then aa.
func Letters(column int) string {
	var b [16]byte
	i := len(b)
	for column++; column > 0; column = (column - 1) / 26 {
		i--
		b[i] = 'a' + byte((column-1)%26)
	}
	return string(b[i:])
}
