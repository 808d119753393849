package google

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// timeout is how long a WaitOperationRequest wants to wait: where it does not say,
// as long as one may.
func timeout(body []byte) (time.Duration, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return intake.MaxWait, nil
	}
	var r struct{ Timeout *string }
	if err := json.Unmarshal(body, &r); err != nil {
		return 0, fault.New(fault.Invalid, intake.CodeInvalidRequest,
			`The body must be a JSON object; its member timeout, if there is one, a duration as in "20s".`).With("member", "timeout").Because(err)
	}
	if r.Timeout == nil {
		return intake.MaxWait, nil
	}
	d, ok := duration(*r.Timeout)
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
