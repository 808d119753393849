// Package etag compares entity tags as clients and proxies send them back.
package etag

import "strings"

// Match reports whether an If-None-Match field lists the tag, compared
// weakly (RFC 9110, section 13.1.2) and without what compressing proxies add.
func Match(lines []string, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
			if part == "*" || part == tag || plainTag(part) == tag {
				return true
			}
		}
	}
	return false
}

// codings are what Apache and lighttpd put inside the quotes of a tag whose
// answer they compress. They send the tag on to us as their clients know it.
var codings = []string{"-gzip", ";gzip", "-br", ";br", "-deflate", ";deflate", "-zstd", ";zstd"}

// plainTag is a tag as we gave it.
func plainTag(tag string) string {
	inside, quoted := strings.CutSuffix(tag, `"`)
	if !quoted {
		return tag
	}
	for _, c := range codings {
		if bare, cut := strings.CutSuffix(inside, c); cut {
			return plainTag(bare + `"`) // there may be two proxies
		}
	}
	return tag
}
