package workbook

import (
	"strconv"
	"strings"
	"unicode"
)

// maxName is how many UTF-16 code units the name of a sheet may have.
const maxName = 31

// names are those of a workbook's sheets.
type names struct {
	all  []string
	used map[string]bool // in lower case, for names that differ in case alone are the same
}

// add adds a name as a sheet can have it: characters that it cannot have become _, it
// is cut to 31 UTF-16 units, and where another sheet has it already, the end becomes (2), (3)
// and so on. A sheet without a name is Sheet with its number.
func (n *names) add(name string) {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' {
			return '_'
		}
		return r
	}, name)
	name = cut(name, maxName)
	if strings.HasPrefix(name, "'") {
		name = "_" + name[1:]
	}
	if strings.HasSuffix(name, "'") {
		name = name[:len(name)-1] + "_"
	}
	switch {
	case strings.TrimSpace(name) == "":
		name = "Sheet" + strconv.Itoa(len(n.all)+1)
	case strings.EqualFold(name, "History"): // which programs keep for themselves
		name += "_"
	}
	free := name
	for i := 2; n.used[strings.ToLower(free)]; i++ {
		end := " (" + strconv.Itoa(i) + ")"
		free = cut(name, maxName-len(end)) + end
	}
	if n.used == nil {
		n.used = map[string]bool{}
	}
	n.used[strings.ToLower(free)] = true
	n.all = append(n.all, free)
}

// cut cuts text to so many UTF-16 units, between characters.
func cut(text string, most int) string {
	n := 0
	for i, r := range text {
		if n++; r > 0xFFFF {
			n++
		}
		if n > most {
			return text[:i]
		}
	}
	return text
}
