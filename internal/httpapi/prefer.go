package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/intake"
)

// maxWait is the longest wait that a client may ask for, in seconds.
const maxWait = int(intake.MaxWait / time.Second)

// parsePrefer reads what we honour of the Prefer fields (RFC 7240): several
// lines are one list, names ignore case, the first occurrence counts, and what
// is not known or not well formed is ignored.
func parsePrefer(h http.Header) intake.Wish {
	var p intake.Wish
	if len(h["Prefer"]) == 0 {
		return p
	}
	for item := range strings.SplitSeq(strings.Join(h["Prefer"], ","), ",") {
		item, _, _ = strings.Cut(item, ";")
		name, value, _ := strings.Cut(item, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "respond-async":
			p.Async = true
		case "wait":
			n, err := strconv.ParseUint(value, 10, 32)
			if p.Waits || err != nil {
				continue
			}
			p.Waits, p.Wait = true, time.Duration(min(n, uint64(maxWait)))*time.Second
		}
	}
	return p
}
