package schema

import (
	"slices"
	"strconv"
)

// appendSame appends a text that is the same for two values if, and only if, they
// are equal: members in the order of their names, numbers by what they are worth.
// It ends, and ok is false, where that would be more than most bytes.
func appendSame(to []byte, v *value, most int) (_ []byte, ok bool) {
	if len(to) > most {
		return to, false
	}
	switch v.kind {
	case number:
		if d, ok := parseDecimal(v.text); ok {
			to = append(to, d.String()...)
		} else {
			to = append(to, v.text...)
		}
	case text:
		to = appendText(to, v.text)
	case array:
		to = append(to, '[')
		for i := range v.items {
			if to, ok = appendSame(to, &v.items[i], most); !ok {
				return to, false
			}
			to = append(to, ',')
		}
		to = append(to, ']')
	case object:
		order := make([]int, len(v.names))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int {
			if v.names[a] < v.names[b] {
				return -1
			}
			return 1 // no name is there twice
		})
		to = append(to, '{')
		for _, i := range order {
			if to, ok = appendSame(appendText(to, v.names[i]), &v.items[i], most); !ok {
				return to, false
			}
			to = append(to, ',')
		}
		to = append(to, '}')
	default:
		to = append(to, v.text...)
	}
	return to, len(to) <= most
}

// appendText appends a text with its length before it, so that no other begins
// like it.
func appendText(to []byte, s string) []byte {
	to = strconv.AppendInt(append(to, '"'), int64(len(s)), 10)
	return append(append(to, ':'), s...)
}
