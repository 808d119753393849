package google

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
)

// timeout is how long a WaitOperationRequest wants to wait: where it does not say,
// as long as one may. The operation is named by the path; what else it says, and an
// empty body, make no difference.
func timeout(body []byte) (time.Duration, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return intake.MaxWait, nil
	}
	var said map[string]json.RawMessage
	if err := httpapi.DecodeJSON(body, &said); err != nil {
		return 0, err
	}
	var value json.RawMessage
	for name := range said {
		if strings.EqualFold(name, "timeout") { // there once: see DecodeJSON
			value = said[name]
		}
	}
	if len(value) == 0 || value[0] == 'n' {
		return intake.MaxWait, nil
	}
	var text string
	if value[0] == '"' {
		text = textOf(value)
	}
	d, ok := duration(text)
	if !ok {
		return 0, fault.New(fault.Invalid, intake.CodeInvalidRequest,
			`timeout must be a duration in seconds, not below 0, as in "20s" or "1.5s".`).With("member", "timeout")
	}
	return d, nil
}

// maxSeconds is the longest google.protobuf.Duration; see its description.
const maxSeconds = 315_576_000_000

// duration reads a google.protobuf.Duration that is not negative, as JSON has it:
// seconds with at most nine digits after the point, and an s. One that is longer
// than any time.Duration is the longest.
func duration(text string) (d time.Duration, ok bool) {
	text, ok = strings.CutSuffix(text, "s")
	whole, part, fraction := strings.Cut(text, ".")
	if !ok || whole == "" || fraction && (part == "" || len(part) > 9) || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > maxSeconds {
		return 0, false
	}
	if seconds >= math.MaxInt64/int64(time.Second) {
		return math.MaxInt64, true
	}
	nanos, err := strconv.ParseInt((part + "000000000")[:9], 10, 64)
	return time.Duration(seconds)*time.Second + time.Duration(nanos), err == nil
}
