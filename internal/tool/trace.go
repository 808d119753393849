package tool

import (
	"regexp"
	"strings"
)

var (
	traceForm = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$`)
	noTrace   = strings.Repeat("0", 32)
	noSpan    = strings.Repeat("0", 16)
)

// IsTraceParent reports whether a text is a traceparent (W3C Trace Context,
// section 3.2).
func IsTraceParent(text string) bool {
	return len(text) <= 256 && traceForm.MatchString(text) && text[:2] != "ff" && text[3:35] != noTrace && text[36:52] != noSpan &&
		(text[:2] != "00" || len(text) == 55)
}

// NoTrace reports whether a trace id is the one that names none.
func NoTrace(id string) bool { return id == noTrace }
