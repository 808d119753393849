package console

import (
	"strconv"
	"strings"
)

// preferred are the content codings that files are kept in, the smallest first.
var preferred = []string{"br", "gzip"}

// chosen returns the coding of [preferred] that a client likes best, the first
// of those it likes alike; "" if it takes none of them.
func chosen(accept []string) string {
	likes := weights(accept)
	best, most := "", 0.0
	for _, name := range preferred {
		q, said := likes[name]
		if !said {
			q = likes["*"]
		}
		if q > most {
			best, most = name, q
		}
	}
	if likes["identity"] > most {
		return ""
	}
	return best
}

// wantsPage reports whether a client asks for HTML by name, as browsers do for
// what is to be shown; what takes anything, as curl does, does not.
func wantsPage(accept []string) bool { return weights(accept)["text/html"] > 0 }

// weights reads fields such as Accept-Encoding (RFC 9110, section 12.4.2): how
// much each thing is wanted, from 0 to 1. What cannot be read is not wanted.
func weights(lines []string) map[string]float64 {
	all := map[string]float64{}
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			q := 1.0
			for param := range strings.SplitSeq(params, ";") {
				key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				if !strings.EqualFold(strings.TrimSpace(key), "q") {
					continue
				}
				var err error
				if q, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil || !(q >= 0 && q <= 1) {
					q = 0
				}
			}
			all[strings.ToLower(strings.TrimSpace(name))] = q
		}
	}
	return all
}
