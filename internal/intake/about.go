package intake

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Limits of what a client may say about its job.
const (
	MaxPriority      = 10
	maxDelay         = 30 * 24 * time.Hour
	maxMetadata      = 16  // members
	maxMetadataName  = 64  // characters
	maxMetadataValue = 256 // characters
)

// About is what a client says about how its job is treated.
type About struct {
	Priority    int
	Prioritised bool      // it said so itself
	RunAt       time.Time // zero: at once
	Metadata    []byte    // canonical JSON object, or nil
	Terms       job.Terms
	Group       string // name of the group that the job belongs to; empty for none

	asked []byte    // the terms as the client wrote them: a time from now is another each time
	named time.Time // x-run-at, also once it has passed: the same order is the same then
	late  error     // a time that it names has passed: refused, unless the order was accepted before
}

// about checks what a request says about its job. Failures: Invalid
// INVALID_OPTION.
func about(r *Request, now time.Time) (a About, err error) {
	if v := r.Priority; v != "" {
		a.Priority, err = strconv.Atoi(v)
		a.Prioritised = true
		if err != nil || a.Priority < -MaxPriority || a.Priority > MaxPriority {
			return a, wrongOption("x-priority", "a whole number from -10 to 10")
		}
	}
	if v := r.RunAt; v != "" {
		at, ok := UnixTime(v)
		if !ok || at.After(now.Add(maxDelay)) {
			return a, wrongOption("x-run-at", "a time in Unix seconds at most 30 days from now")
		}
		a.named = at
		if at.After(now) {
			a.RunAt = at
		}
	}
	if v := r.Metadata; v != "" {
		if a.Metadata, err = metadata(v); err != nil {
			return a, err
		}
	}
	if r.Asks != nil {
		err = a.terms(r, now)
	}
	return a, err
}

func wrongOption(name, want string) error {
	return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be %s.", name, want).With("option", name)
}

// UnixTime reads seconds; the range keeps them within what a clock can show.
func UnixTime(s string) (time.Time, bool) {
	const last = 1 << 36
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil && n >= 0 && n <= last
}

// metadata reads an object of at most 16 short strings.
func metadata(text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, wrongOption("x-metadata", "in UTF-8; write other characters as \\u escapes")
	}
	var m map[string]string
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&m); err != nil || m == nil || d.More() {
		return nil, wrongOption("x-metadata", "a JSON object whose members are strings")
	}
	if len(m) > maxMetadata {
		return nil, wrongOption("x-metadata", "a JSON object of at most 16 members")
	}
	for name, value := range m {
		if name == "" || utf8.RuneCountInString(name) > maxMetadataName || utf8.RuneCountInString(value) > maxMetadataValue {
			return nil, wrongOption("x-metadata", "a JSON object with names of 1 to 64 and values of at most 256 characters")
		}
	}
	canonical, err := json.Marshal(m)
	if err != nil {
		panic("intake: strings that cannot be JSON: " + err.Error())
	}
	return canonical, nil
}

// encode gives what makes two orders differ.
func (a *About) encode() []byte {
	b := strconv.AppendInt(nil, int64(a.Priority), 10)
	b = strconv.AppendInt(append(b, ' '), a.named.UnixMilli(), 10)
	b = append(append(b, ' '), a.Metadata...)
	if len(a.asked) > 0 {
		b = append(append(b, ' '), a.asked...)
	}
	return b
}
