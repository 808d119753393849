package webhook

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Limits of what an owner may ask of a webhook.
const (
	MaxHeaders       = 10
	maxHeaderName    = 64   // characters
	maxHeaderValue   = 4096 // bytes
	maxTools         = 50
	maxMetadata      = 16
	maxMetadataName  = 64  // characters
	maxMetadataValue = 256 // characters
	maxPace          = 1000.0
	minPace          = float64(1e9) / float64(job.LongestGap)
)

// The words for how calls are signed, as in the header webhook-signature: v1 is an
// HMAC by the webhook's secret; v1a is ed25519, and v1 beside it.
const (
	SignedV1  = "v1"
	SignedV1a = "v1a"
)

// An Ask is what an owner says of a webhook. What is nil is left as it is.
type Ask struct {
	URL          *string
	Events       *[]string
	Enabled      *bool
	Headers      map[string]*string // nil takes one away
	Tools        *[]string
	Metadata     map[string]*string // nil takes one away
	MaxPerSecond *float64           // 0 is no limit
	Signature    *string

	ClearHeaders, ClearMetadata bool // all that there were
}

func wrong(member, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", format, args...).With("member", member)
}

// apply makes a webhook what is asked for. What fails has changed nothing that is
// kept: w is the caller's copy.
func (e *Endpoints) apply(w *job.Webhook, a *Ask) error {
	if a.URL != nil {
		if *a.URL == "" {
			return wrong("url", "url is missing; it is the address that is to be called.")
		}
		if err := e.Check(*a.URL); err != nil {
			return err
		}
		w.URL = *a.URL
	}
	if a.Events != nil {
		events, err := chosenEvents(*a.Events)
		if err != nil {
			return err
		}
		w.Events = events
	}
	if a.Enabled != nil {
		switch {
		case !*a.Enabled && w.Enabled:
			w.Reason = reasonByOwner
		case *a.Enabled:
			w.Reason = ""
		}
		w.Enabled = *a.Enabled
	}
	return e.applyTerms(w, a)
}

func (e *Endpoints) applyTerms(w *job.Webhook, a *Ask) error {
	var t job.WebhookTerms
	if w.Terms != nil {
		t = *w.Terms
	}
	if a.ClearHeaders {
		t.Headers = nil
	}
	if a.ClearMetadata {
		t.Metadata = nil
	}
	var err error
	if t.Headers, err = headers(t.Headers, a.Headers); err != nil {
		return err
	}
	if t.Metadata, err = metadata(t.Metadata, a.Metadata); err != nil {
		return err
	}
	if a.Tools != nil {
		if t.Tools, err = e.toolNames(*a.Tools); err != nil {
			return err
		}
	}
	if a.MaxPerSecond != nil {
		if n := *a.MaxPerSecond; n != 0 && (math.IsNaN(n) || n < minPace || n > maxPace) {
			return wrong("max_per_second", "max_per_second must be a number from %v to %v, or 0 for no limit.", minPace, maxPace)
		}
		t.MaxPerSecond = *a.MaxPerSecond
	}
	if a.Signature != nil {
		if *a.Signature != SignedV1 && *a.Signature != SignedV1a {
			return wrong("signature", "signature must be v1 or v1a.").With("allowed", []string{SignedV1, SignedV1a})
		}
		t.Keyed = *a.Signature == SignedV1a
	}
	w.Terms = &t
	return nil
}

var (
	tokenForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")

	// withheld are the headers of calls that are ours to set or belong to the
	// connection; so do those that begin with webhook-, content- and proxy-.
	withheld = []string{
		"accept-encoding", "connection", "date", "expect", "host", "http2-settings", "keep-alive", "te", "traceparent", "tracestate", "trailer",
		"transfer-encoding", "upgrade", "user-agent", "via",
	}
	withheldPrefixes = []string{"webhook-", "content-", "proxy-"}
)

// headers are those that there were with what is asked for; values are secrets, and
// nothing that is said of them has any of them.
func headers(were []job.HookHeader, asked map[string]*string) ([]job.HookHeader, error) {
	if len(asked) == 0 {
		return were, nil
	}
	is := slices.Clone(were)
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if err := headerName(name); err != nil {
			return nil, err
		}
		lower := strings.ToLower(name)
		if seen[lower] {
			return nil, wrong("headers", "headers must not name %s twice; upper and lower case are the same.", name)
		}
		seen[lower] = true
		is = slices.DeleteFunc(is, func(h job.HookHeader) bool { return strings.EqualFold(h.Name, name) })
		value := asked[name]
		if value == nil {
			continue
		}
		if !headerValue(*value) {
			return nil, wrong("headers", "The value of the header %s must be 1 to %d printable ASCII characters, without line breaks, and without spaces around it.", name, maxHeaderValue)
		}
		is = append(is, job.HookHeader{Name: name, Value: *value})
	}
	if len(is) > MaxHeaders {
		return nil, wrong("headers", "A webhook has at most %d headers.", MaxHeaders).With("limit", MaxHeaders)
	}
	return is, nil
}

func headerName(name string) error {
	if !tokenForm.MatchString(name) {
		return wrong("headers", "headers must be named by 1 to %d of the letters, digits and signs that header names have.", maxHeaderName)
	}
	lower := strings.ToLower(name)
	ours := slices.Contains(withheld, lower) || slices.ContainsFunc(withheldPrefixes, func(p string) bool { return strings.HasPrefix(lower, p) })
	if ours {
		return wrong("headers", "The header %s is set by the server or belongs to the connection; choose another name.", name)
	}
	return nil
}

func headerValue(v string) bool {
	bad := func(c rune) bool { return c < ' ' || c > '~' }
	return v != "" && len(v) <= maxHeaderValue && strings.TrimSpace(v) == v && !strings.ContainsFunc(v, bad)
}

// metadata is what there was with what is asked for.
func metadata(was map[string]string, asked map[string]*string) (map[string]string, error) {
	if len(asked) == 0 {
		return was, nil
	}
	is := maps.Clone(was)
	if is == nil {
		is = map[string]string{}
	}
	for name, value := range asked {
		if name == "" || utf8.RuneCountInString(name) > maxMetadataName || value != nil && utf8.RuneCountInString(*value) > maxMetadataValue {
			return nil, wrong("metadata", "metadata must have names of 1 to %d and values of at most %d characters.", maxMetadataName, maxMetadataValue)
		}
		if value == nil {
			delete(is, name)
		} else {
			is[name] = *value
		}
	}
	if len(is) > maxMetadata {
		return nil, wrong("metadata", "metadata has at most %d members.", maxMetadata).With("limit", maxMetadata)
	}
	return is, nil
}

// toolNames checks the tools that a webhook is for; each counts once.
func (e *Endpoints) toolNames(names []string) ([]string, error) {
	if len(names) > maxTools {
		return nil, wrong("tools", "tools names at most %d.", maxTools).With("limit", maxTools)
	}
	var is []string
	for _, name := range names {
		if !e.Tool(name) {
			return nil, wrong("tools", "There is no tool %s; GET /tools lists those that there are.", shown(name))
		}
		if !slices.Contains(is, name) {
			is = append(is, name)
		}
	}
	return is, nil
}

// shown is a text of a client as it is repeated to it.
func shown(text string) string {
	if runes := []rune(text); len(runes) > maxHeaderName {
		text = string(runes[:maxHeaderName]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
