package intake

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
)

// The header fields by which a client says how long its job is kept, where the output
// goes and what it is called.
const (
	HeaderRetention       = "x-retention"
	HeaderRetentionFailed = "x-retention-failed"
	HeaderDelete          = "x-delete"
	HeaderOutputURL       = "x-output-url"
	HeaderOutputName      = "x-output-name"
)

// MinRetention is how long a job is kept at least.
const MinRetention = time.Minute

// deleteOnRead is the one value of x-delete.
const deleteOnRead = "on-read"

func readRetention(a *About, value string, _ time.Time) (err error) {
	a.Terms.Retention, err = seconds(HeaderRetention, value)
	return err
}

func readRetentionFailed(a *About, value string, _ time.Time) (err error) {
	a.Terms.RetentionFailed, err = seconds(HeaderRetentionFailed, value)
	return err
}

// seconds reads how long a job is to be kept; whether its plan allows that is for
// keeps to say.
func seconds(header, value string) (time.Duration, error) {
	const most = 1 << 32
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < int64(MinRetention/time.Second) || n > most {
		return 0, wrongOption(header, "a whole number of seconds, at least 60")
	}
	return time.Duration(n) * time.Second, nil
}

func readDelete(a *About, value string, _ time.Time) error {
	if !strings.EqualFold(value, deleteOnRead) {
		return wrongOption(HeaderDelete, deleteOnRead+", or left out")
	}
	a.Terms.DeleteOnRead = true
	return nil
}

// readOutputName reads a name in UTF-8, or in the form of RFC 8187, which programs
// can send whose headers are ASCII.
func readOutputName(a *About, value string, _ time.Time) error {
	if rest, ok := cutFold(value, "utf-8'"); ok {
		_, escaped, _ := strings.Cut(rest, "'")
		name, err := url.PathUnescape(escaped)
		if err != nil {
			return wrongOption(HeaderOutputName, "a name in UTF-8, or UTF-8''NAME with its bytes as % and two hexadecimal digits")
		}
		value = name
	}
	if !filename.Sound(value) {
		return wrongOption(HeaderOutputName, "the name of a file in UTF-8: 1 to 240 bytes without slashes and control characters, a point or space neither first nor last")
	}
	a.Terms.OutputName = value
	return nil
}

func cutFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return text[len(prefix):], true
}

// readOutputURL takes the address; keeps judges it.
func readOutputURL(a *About, value string, _ time.Time) error {
	a.Terms.OutputURL = value
	return nil
}

// withoutQuery is what of a presigned address says where it leads: it is signed anew
// each time.
func withoutQuery(address string) string {
	at, _, _ := strings.Cut(address, "?")
	return at
}

// keeps judges what of an order's terms is not for the text alone to say: Invalid
// INVALID_OPTION for more than the plan keeps jobs, and for an address that nothing is
// put to, whose reason is told and the address is not.
func (in *Intake) keeps(o *Order) error {
	most := in.KeptFor(o.Plan)
	for header, asked := range map[string]time.Duration{HeaderRetention: o.About.Terms.Retention, HeaderRetentionFailed: o.About.Terms.RetentionFailed} {
		if asked > most {
			limit := int64(most / time.Second)
			return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be at most %d seconds, as long as the plan keeps jobs.", header, limit).
				With("option", header).With("limit", limit)
		}
	}
	if o.About.Terms.OutputURL == "" {
		return nil
	}
	if err := in.CheckPut(o.About.Terms.OutputURL); err != nil {
		why := fault.Of(err)
		if why == nil {
			return err
		}
		return fault.New(fault.Invalid, "INVALID_OPTION", "%s cannot be used. %s", HeaderOutputURL, why.Message).With("option", HeaderOutputURL)
	}
	return nil
}
