package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"claimcheck/internal/fault"
)

// Limits of what a submission may say about its job.
const (
	maxPriority      = 10
	maxDelay         = 30 * 24 * time.Hour
	maxMetadata      = 16  // members
	maxMetadataName  = 64  // characters
	maxMetadataValue = 256 // characters
)

// attributes are the headers of a submission that say how its job is treated.
type attributes struct {
	priority int
	runAt    time.Time
	metadata []byte // canonical JSON object, or nil
}

func attributesOf(h http.Header, now time.Time) (a attributes, err error) {
	if v := h.Get("X-Priority"); v != "" {
		a.priority, err = strconv.Atoi(v)
		if err != nil || a.priority < -maxPriority || a.priority > maxPriority {
			return a, wrongOption("x-priority", "a whole number from -10 to 10")
		}
	}
	if v := h.Get("X-Run-At"); v != "" {
		at, ok := unixTime(v)
		if !ok || at.After(now.Add(maxDelay)) {
			return a, wrongOption("x-run-at", "a time in Unix seconds at most 30 days from now")
		}
		if at.After(now) {
			a.runAt = at
		}
	}
	if v := h.Get("X-Metadata"); v != "" {
		a.metadata, err = metadata(v)
	}
	return a, err
}

func wrongOption(header, want string) error {
	return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be %s.", header, want).With("option", header)
}

// metadata reads x-metadata: an object of at most 16 short strings.
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
	return quote(m), nil
}

// encode gives what makes two submissions differ.
func (a *attributes) encode() []byte {
	b := strconv.AppendInt(nil, int64(a.priority), 10)
	b = strconv.AppendInt(append(b, ' '), a.runAt.UnixMilli(), 10)
	return append(append(b, ' '), a.metadata...)
}
