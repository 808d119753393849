package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"claimcheck/internal/fault"
)

// MaxAnswerBytes is how long a JSON answer of a tool's own can be; what is
// longer is an output file.
const MaxAnswerBytes = 256 << 10

// An Answer is how a tool wants its success to be answered, where its Spec does
// not say it.
type Answer struct {
	// JSON is the whole answer, byte for byte; nothing was written to Output.
	// Nil: the output is a file.
	JSON []byte
	// Of the output file: its type, extension without the dot, and whether a
	// preview of it can be shown. An empty type means the Spec's.
	ContentType string
	Ext         string
	Text        bool
}

// ErrElsewhere is what Run returns when the work was taken on by somebody who
// will report by a callback.
var ErrElsewhere = errors.New("the work goes on elsewhere")

// reserved are the codes of finished jobs that only this server gives
// (contract, section 3): what they lead to, a refund for instance, is not for
// others to decide.
var reserved = []string{
	"CANCELED", "FILE_TOO_LARGE", "INTERNAL_ERROR", "OUTPUT_TOO_LARGE", "TIMEOUT", "UNAVAILABLE", "UPSTREAM_ERROR", "URL_FETCH_FAILED", "WORKER_LOST",
}

// UpstreamError is the code of a failure of a tool's target that has none of
// its own.
const UpstreamError = "UPSTREAM_ERROR"

// Limits of a failure that somebody else words.
const (
	maxMessageRunes = 1000
	maxDetailsBytes = 8 << 10
	maxDetails      = 32
)

var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:-]{0,63}$`)

// IsCode reports whether a word can be the code of a failure that somebody else
// words: 1 to 64 letters, digits and _.:-, beginning with a letter, and none of
// this server's own.
func IsCode(word string) bool { return codeForm.MatchString(word) && !slices.Contains(reserved, word) }

// Failure is what somebody else's program says of an input: the same input
// fails again. Details is a JSON object or nil; its members are kept in their
// order, as far as there is room. A word that cannot be a code becomes
// UPSTREAM_ERROR.
func Failure(code, message string, details []byte) *fault.Error {
	if message = tidyText(message); message == "" {
		message = "The tool refused the input."
	}
	f := fault.New(fault.Invalid, code, "%s", message)
	if !IsCode(code) {
		f.Kind, f.Code = fault.Rejected, UpstreamError
	}
	if len(details) <= maxDetailsBytes {
		f.Details = members(details)
	}
	return f
}

// tidyText makes a sentence of somebody else's fit for an answer.
func tidyText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if s = strings.TrimSpace(s); utf8.RuneCountInString(s) > maxMessageRunes {
		s = string([]rune(s)[:maxMessageRunes-3]) + "..."
	}
	return s
}

// members reads a JSON object's members in their order; none of what is not an
// object. A message is left out: it has its own place.
func members(object []byte) []fault.Detail {
	if !json.Valid(object) || !utf8.Valid(object) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil
	}
	var list []fault.Detail
	for d.More() && len(list) < maxDetails {
		name, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		text, ok := name.(string)
		taken := slices.ContainsFunc(list, func(d fault.Detail) bool { return d.Name == text })
		if ok && text != "message" && !taken {
			list = append(list, fault.Detail{Name: text, Value: value})
		}
	}
	return list
}
