package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
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
	Filename    string // what the tool calls it: a sound name (see package filename), or empty
}

// ErrRemote is what Run returns when a remote program has taken on the work and
// will report by a callback.
var ErrRemote = errors.New("a remote program goes on with the work")

// reserved are codes of this server's own (api/openapi.yaml) that nobody
// else's answer can have as its code: they lead to something here, a refund or
// another try for instance, and clients could not tell whose they are. A code that
// means the same whoever says it, such as INVALID_INPUT, is not among them.
var reserved = []string{
	"CANCELED", "DELIVERY_FAILED", "EXPIRED", "FILE_EXISTS", "FILE_NOT_FOUND", "FILE_TOO_LARGE", "FORBIDDEN", "GROUP_CLOSED", "IDEMPOTENCY_CONFLICT",
	"INTERNAL_ERROR", "INVALID_FILENAME", "INVALID_JOB_ID", "INVALID_SOURCE_TYPE", "JOB_FINISHED", "JOB_NOT_FOUND", "LEASE_LOST", "LINK_EXPIRED",
	"METHOD_NOT_ALLOWED", "NOT_FOUND", "OUTPUT_TOO_LARGE", "PAYLOAD_TOO_LARGE", "QUOTA_EXCEEDED", "RATE_LIMITED", "STORAGE_FULL", "TIMEOUT",
	"TOO_MANY_JOBS", "TOO_MANY_UPLOADS", "UNAUTHORIZED", "UNAVAILABLE", "UNSUPPORTED_ENCODING", "UNSUPPORTED_EXTENSION", "UPLOAD_EXPIRED",
	"UPLOAD_INVALID", "UPLOAD_IN_USE", "UPSTREAM_ERROR", "URL_FETCH_FAILED", "URL_NOT_ALLOWED", "WORKER_LOST",
}

// UpstreamError is the code of a failure of a tool's target that has none of
// its own.
const UpstreamError = "UPSTREAM_ERROR"

// Upstream is the name of the detail of a failure that is what somebody else
// said, a [Said].
const Upstream = "upstream"

// Said is what somebody else answered or reported, word for word.
type Said struct {
	Status      int    `json:"status,omitempty"`       // HTTP's; 0 for a report that has none
	Code        string `json:"code,omitempty"`         // theirs, where it could not be the failure's
	ContentType string `json:"content_type,omitempty"` // as it was sent
	Body        string `json:"body,omitempty"`         // its first MaxSaidBytes; what is no UTF-8 is U+FFFD
	Truncated   bool   `json:"truncated,omitempty"`    // there was more
}

// MaxSaidBytes is how much of an answer's body a [Said] has.
const MaxSaidBytes = 16 << 10

// Say is an answer's status, type and the beginning of its body; of body there
// may be more than is kept.
func Say(status int, contentType string, body []byte) Said {
	s := Said{Status: status, ContentType: tidyText(contentType), Truncated: len(body) > MaxSaidBytes}
	if s.Truncated {
		body = body[:MaxSaidBytes]
		for n := 1; n < utf8.UTFMax; n++ { // no character is cut in two
			if at := len(body) - n; utf8.RuneStart(body[at]) {
				if !utf8.FullRune(body[at:]) {
					body = body[:at]
				}
				break
			}
		}
	}
	s.Body = strings.ToValidUTF8(string(body), "\uFFFD")
	return s
}

// Passing reports whether a failure of this status may pass: the same request may
// get another answer later.
func Passing(status int) bool {
	const timeout, tooEarly, tooMany, ours = 408, 425, 429, 500 // RFC 9110, 8470, 6585
	return status == timeout || status == tooEarly || status == tooMany || status >= ours
}

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

// Failure is what somebody else's program says of an input; the same input would
// fail again. details is a JSON object or nil: up to 32 of its members are kept, in
// their order, or none if it is longer than 8 KiB. A code that [IsCode] refuses
// becomes UPSTREAM_ERROR, and is kept in the detail upstream.
func Failure(code, message string, details []byte) *fault.Error {
	if message = tidyText(message); message == "" {
		message = "The tool refused the input."
	}
	f := fault.New(fault.Invalid, code, "%s", message)
	if len(details) <= maxDetailsBytes {
		f.Details = members(details)
	}
	if IsCode(code) {
		return f
	}
	f.Kind, f.Code = fault.Rejected, UpstreamError
	if code = tidyText(code); code != "" {
		f.Details = SaidIn(f.Details, Said{Code: code})
	}
	return f
}

// SaidIn returns a failure's details with said as the one that is named [Upstream].
func SaidIn(details []fault.Detail, said Said) []fault.Detail {
	rest := slices.DeleteFunc(slices.Clone(details), func(d fault.Detail) bool { return d.Name == Upstream })
	return append(rest, fault.Detail{Name: Upstream, Value: said})
}

// tidyText makes a sentence of somebody else's fit for an answer: without what
// would steer a terminal, break a line of a log or turn the direction of text.
func tidyText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if s = strings.TrimSpace(s); utf8.RuneCountInString(s) > maxMessageRunes {
		s = string([]rune(s)[:maxMessageRunes-3]) + "..."
	}
	return s
}

// members reads a JSON object's members in their order; none of what is not an
// object. A message is left out: it has a member of its own.
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
