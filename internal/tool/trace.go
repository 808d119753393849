package tool

import (
	"encoding/hex"
	"fmt"
	"io"
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

// NextSpan is the traceparent of a call that we make: a new span in the trace of
// parent, if that is a traceparent, else in one named by the request's id, a UUID, so
// that all calls for one request are in one trace. random must not be used up.
func NextSpan(parent, requestID string, random io.Reader) (string, error) {
	var span [8]byte
	if _, err := io.ReadFull(random, span[:]); err != nil {
		return "", fmt.Errorf("name the span: %w", err)
	}
	span[7] |= 1 // never all zeros
	trace, flags := strings.ToLower(strings.ReplaceAll(requestID, "-", "")), "01"
	if IsTraceParent(parent) {
		trace, flags = parent[3:35], parent[53:55]
	}
	if _, err := hex.DecodeString(trace); err != nil || len(trace) != 32 || trace == noTrace {
		var id [16]byte
		if _, err := io.ReadFull(random, id[:]); err != nil {
			return "", fmt.Errorf("name the trace: %w", err)
		}
		id[15] |= 1
		trace = hex.EncodeToString(id[:])
	}
	return "00-" + trace + "-" + hex.EncodeToString(span[:]) + "-" + flags, nil
}
