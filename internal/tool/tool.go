// Package tool says what a tool is: a named function from an input stream to an
// output stream with options, and the set of those that a server offers. Tools
// see bytes only and know nothing of jobs, files and HTTP.
package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/meter"
)

// A Tool turns an input into an output. It is safe for concurrent use.
type Tool interface {
	// Spec describes the tool; it never changes.
	Spec() Spec
	// Run reads c.Input once and writes c.Output. A fault of kind Invalid or
	// TooLarge says that this input can never succeed, its code, message and
	// details becoming the job's error; any other error, and a panic, is a
	// failure of ours and the job is tried again. Run returns soon after ctx
	// is done, and passes on errors of Input and Output wrapped.
	Run(ctx context.Context, c Call) error
}

// A Spec describes a tool to callers and servers.
type Spec struct {
	Name        string   // for instance json-formatter; served at POST /<Name>-api
	Summary     string   // one sentence
	Mode        Mode     // who does the work
	Extensions  []string // accepted in url and file mode, lower case, without the dot
	InputTypes  []string // Content-Types that inputs usually have; others are taken all the same
	JSONInput   bool     // the input is JSON: a body is always the input itself
	RawInput    bool     // a body is always the input itself, whatever it is
	OutputExt   string   // extension of the output file, without the dot
	ContentType string   // of the output
	Text        bool     // the output is text, so that it has a preview
	Options     []Option
	MaxBytes    int64 // refuse larger inputs with FILE_TOO_LARGE; 0: none, the tool streams

	Queued      bool          // each call goes through the queue, also one that a client waits for
	AnyOutput   bool          // what it answers is known only when it did: JSON of its own, or a file of any type
	Timeout     time.Duration // of one attempt; 0: the server's
	MaxAttempts int           // 0: the server's
	MaxRunning  int64         // attempts at once, over all owners and servers; 0: no limit
	Limits      *meter.Limits // that it has beside MaxRunning; nil for none

	InputSchema  json.RawMessage // of inputs, JSON Schema of draft 2020-12, as it was configured; nil: none, any input will do
	CheckInput   Check           // judges inputs by InputSchema; nil without one
	OutputSchema json.RawMessage // of results, likewise; told and not checked
	Annotations  *Annotations    // nil: none
}

// A Mode says who does a tool's work, and how the input gets there.
type Mode uint8

// The modes.
const (
	// BuiltIn is work of this program.
	BuiltIn Mode = iota
	// Body posts the input to an HTTP endpoint; the answer is the result.
	Body
	// JSON tells an HTTP endpoint where the input is and where to report; an answer
	// of 202 means that it will.
	JSON
	// Pull waits for remote programs that come for the jobs: Run is never called.
	Pull
)

// String is the mode as the API and the configuration name it.
func (m Mode) String() string { return [...]string{"builtin", "body", "json", "pull"}[m] }

// A Call is one run of a tool.
type Call struct {
	Input     io.Reader
	InputSize int64  // in bytes; -1 if unknown
	InputType string // Content-Type; empty if none is known
	Options   Options
	Output    io.Writer
	About     About
	Answer    *Answer     // where the tool says how its output is to be answered; nil where nobody asks
	Say       func(Words) // takes what is said while it goes on, and never waits; nil where nobody listens
}

// About says which attempt a call is, for tools that tell others of it.
type About struct {
	JobID       string
	Attempt     int
	RequestID   string    // the submission's X-Request-Id
	TraceParent string    // the submission's traceparent, or empty
	Deadline    time.Time // when the outcome is of no use any more to the caller; zero if it did not say
}

// A Kind of option value.
type Kind uint8

// The kinds: a whole number within Min and Max, 1/true/yes or 0/false/no, one
// of Choices, text of at most 64 characters, or the value of a header that is
// passed on: at most 256 printable characters.
const (
	Int Kind = iota
	Bool
	Choice
	Text
	Passed
)

// String is the kind as the API names it; what is passed on is text too.
func (k Kind) String() string {
	return [...]string{Int: "integer", Bool: "boolean", Choice: "choice", Text: "text", Passed: "text"}[k]
}

const (
	maxTextOption   = 64
	maxPassedOption = 256
)

// An Option is a request header that changes what a tool does.
type Option struct {
	Header   string // lower case, for instance x-tab-space
	Kind     Kind
	Default  string   // as it is written in a header; empty: none
	Min, Max int      // for Int, from 0 to [MaxInt]
	Choices  []string // for Choice, lower case
	Required bool     // a call without it is refused
	Summary  string   // one sentence

	// Check says what a Text that is not empty must be, or a Choice that is none of Choices
	// where that list alone would not say it; empty if it is that, or for the list alone. Nil
	// for no check.
	Check func(value string) (want string)
}

// choice says what a Choice must be.
func (o *Option) choice() string {
	if len(o.Choices) == 1 {
		return o.Choices[0]
	}
	return "one of " + strings.Join(o.Choices, ", ")
}

// Bounds are those of an Int, and how many characters a Text or Passed value can
// have; ok is false for the kinds that have none.
func (o *Option) Bounds() (least, most int, ok bool) {
	switch o.Kind {
	case Int:
		return o.Min, o.Max, true
	case Text:
		return 0, maxTextOption, true
	case Passed:
		return 0, maxPassedOption, true
	default:
		return 0, 0, false
	}
}

// Options are checked values by header; every option of the tool is present,
// its default where the caller gave none.
type Options map[string]string

// Int returns the value of an Int option. It panics if there is none, which
// [Spec.ParseOptions] makes impossible.
func (o Options) Int(header string) int {
	var n int
	if _, err := fmt.Sscanf(o[header], "%d", &n); err != nil {
		panic("tool: option " + header + " was not parsed")
	}
	return n
}

// Bool returns the value of a Bool option.
func (o Options) Bool(header string) bool { return o[header] == "true" }

// ParseOptions checks the options that get finds ("" for an absent header) and
// fills in the defaults. A wrong one is Invalid INVALID_OPTION with the detail
// option.
func (s *Spec) ParseOptions(get func(header string) string) (Options, error) {
	if len(s.Options) == 0 {
		return nil, nil
	}
	o := make(Options, len(s.Options))
	for _, opt := range s.Options {
		value := strings.TrimSpace(get(opt.Header))
		if value == "" {
			if opt.Required {
				return nil, fault.New(fault.Invalid, "INVALID_OPTION", "%s is required", opt.Header).With("option", opt.Header)
			}
			o[opt.Header] = opt.Default
			continue
		}
		v, err := opt.parse(value)
		if err != nil {
			return nil, err
		}
		o[opt.Header] = v
	}
	return o, nil
}

func (o *Option) parse(value string) (string, error) {
	wrong := func(want string) error {
		return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be %s", o.Header, want).With("option", o.Header)
	}
	switch o.Kind {
	case Int:
		n, ok := smallInt(value)
		if !ok || n < o.Min || n > o.Max {
			return "", wrong(fmt.Sprintf("a whole number from %d to %d", o.Min, o.Max))
		}
		return fmt.Sprint(n), nil
	case Bool:
		switch strings.ToLower(value) {
		case "1", "true", "yes":
			return "true", nil
		case "0", "false", "no":
			return "false", nil
		}
		return "", wrong("1, true or yes, or 0, false or no")
	case Choice:
		if v := strings.ToLower(value); slices.Contains(o.Choices, v) {
			return v, nil
		} else if o.Check != nil {
			if want := o.Check(v); want != "" {
				return "", wrong(want)
			}
		}
		return "", wrong(o.choice())
	case Text:
		if len([]rune(value)) > maxTextOption {
			return "", wrong(fmt.Sprintf("at most %d characters", maxTextOption))
		}
		if o.Check != nil {
			if want := o.Check(value); want != "" {
				return "", wrong(want)
			}
		}
		return value, nil
	case Passed:
		if len([]rune(value)) > maxPassedOption || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", wrong(fmt.Sprintf("at most %d printable characters", maxPassedOption))
		}
		return value, nil
	}
	panic("tool: unknown kind of option " + o.Header)
}

// MaxInt is the greatest value of an Int option.
const MaxInt = 999_999

// smallInt reads up to six decimal digits, so that no number is too large.
func smallInt(s string) (n int, ok bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
