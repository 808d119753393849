package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWait is the longest time that a request is held, in seconds.
const maxWait = 25

// preferences are what we honour of RFC 7240.
type preferences struct {
	async bool
	waits bool
	wait  time.Duration // at most maxWait
}

// parsePrefer reads the Prefer fields: several lines are one list, names
// ignore case, the first occurrence counts, and what is not known or not well
// formed is ignored.
func parsePrefer(h http.Header) preferences {
	var p preferences
	for item := range strings.SplitSeq(strings.Join(h["Prefer"], ","), ",") {
		item, _, _ = strings.Cut(item, ";")
		name, value, _ := strings.Cut(item, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "respond-async":
			p.async = true
		case "wait":
			n, err := strconv.ParseUint(value, 10, 32)
			if p.waits || err != nil {
				continue
			}
			p.waits, p.wait = true, time.Duration(min(n, maxWait))*time.Second
		}
	}
	return p
}

// appliedTo is the Preference-Applied field of an answer; empty if no preference
// made a difference.
func (p *preferences) appliedTo(accepted bool) string {
	var list []string
	if p.async && accepted {
		list = append(list, "respond-async")
	}
	if p.waits {
		list = append(list, "wait="+strconv.Itoa(int(p.wait/time.Second)))
	}
	return strings.Join(list, ", ")
}
