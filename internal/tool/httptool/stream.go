package httptool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tmaxmax/go-sse"

	"claimcheck/internal/fault"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
)

// The events by which an endpoint says what it does, and how it ends.
const (
	eventProgress = "progress"
	eventMessage  = "message"
	eventLog      = "log"
	eventOutput   = "output"
	eventResult   = "result"
	eventError    = "error"
)

var eventNames = []string{eventProgress, eventMessage, eventLog, eventOutput, eventResult, eventError}

// maxEventBytes is how long an event may be: a result, and what is around it.
const maxEventBytes = tool.MaxAnswerBytes + 64<<10

// isStream reports whether an answer is an event stream.
func isStream(res *http.Response) bool {
	kind, _, _ := strings.Cut(media.ContentType(res.Header.Get("Content-Type")), ";")
	return kind == "text/event-stream"
}

// follow takes an answer that is an event stream. Whose first event is one of ours says
// what it does, and ends with a result or an error. Any other is the output itself, as
// it is, and the data of its events is said as it comes, a line each: a model's
// stream, for instance.
func follow(res *http.Response, c *tool.Call) error {
	raw := &rawStream{to: c.Output}
	first := true
	for ev, err := range sse.Read(io.TeeReader(res.Body, raw), &sse.ReadConfig{MaxEventSize: maxEventBytes}) {
		switch {
		case raw.failed != nil:
			return fmt.Errorf("%w: %w", errOutput, raw.failed)
		case errors.Is(err, bufio.ErrTooLong) && raw.foreign:
			return raw.rest(res, c)
		case errors.Is(err, bufio.ErrTooLong):
			return rejected("The tool's server sent an event of more than %d bytes.", maxEventBytes)
		case err != nil:
			return broken("The answer of the tool's server broke off.", err)
		case ev.Data == "":
			continue
		}
		if first {
			first = false
			if !ours(&ev) {
				if err := raw.begin(); err != nil {
					return fmt.Errorf("%w: %w", errOutput, err)
				}
			}
			raw.decided = true
			raw.held = bytes.Buffer{}
		}
		if raw.foreign {
			say(c, tool.Words{Output: strings.ToValidUTF8(ev.Data, "\uFFFD") + "\n"})
			continue
		}
		if done, err := hear(&ev, c); done || err != nil {
			return err
		}
	}
	if raw.failed != nil {
		return fmt.Errorf("%w: %w", errOutput, raw.failed)
	}
	if raw.foreign {
		return raw.rest(res, c)
	}
	return broken("The tool's server ended its stream without a result or an error.", nil)
}

// A rawStream is a stream as it came: it is kept back until it is known whose it is, and
// is the output if it is not ours.
type rawStream struct {
	to      io.Writer
	held    bytes.Buffer
	decided bool
	foreign bool
	failed  error // of to
}

// Write implements [io.Writer]; it never fails.
func (r *rawStream) Write(p []byte) (int, error) {
	switch {
	case r.foreign && r.failed == nil:
		_, r.failed = r.to.Write(p)
	case !r.decided && r.held.Len() <= maxEventBytes: // what comes before the first event has no end otherwise
		r.held.Write(p)
	}
	return len(p), nil
}

// begin makes the stream the output.
func (r *rawStream) begin() error {
	r.foreign = true
	_, err := r.to.Write(r.held.Bytes())
	return err
}

// rest ends a stream that is the output.
func (r *rawStream) rest(res *http.Response, c *tool.Call) error {
	_, err := io.Copy(r, res.Body)
	switch {
	case r.failed != nil:
		return fmt.Errorf("%w: %w", errOutput, r.failed)
	case err != nil:
		return broken("The answer of the tool's server broke off.", err)
	case !endKnown(res):
		return broken("The answer of the tool's server has no end that could be told from a broken connection.", nil)
	}
	contentType := media.ContentType(res.Header.Get("Content-Type"))
	c.Answer.ContentType, c.Answer.Ext, c.Answer.Text = contentType, media.Extension(contentType), media.IsText(contentType)
	return nil
}

// ours reports whether a stream that begins with an event is one of those that say
// what is done: the event has one of their names and what belongs to it. Other
// streams have events of the name message, too.
func ours(ev *sse.Event) bool {
	switch {
	case ev.Type == eventResult, ev.Type == eventError:
		return true
	case !slices.Contains(eventNames, ev.Type):
		return false
	}
	var members map[string]json.RawMessage
	return json.Unmarshal(member(ev.Type, []byte(ev.Data)), &members) == nil && members[ev.Type] != nil
}

func rejected(sentence string, args ...any) error {
	return fault.New(fault.Rejected, tool.UpstreamError, sentence, args...)
}

func say(c *tool.Call, w tool.Words) {
	if c.Say != nil {
		c.Say(w)
	}
}

// hear takes one event; done says that it was the last one.
func hear(ev *sse.Event, c *tool.Call) (done bool, err error) {
	data := []byte(ev.Data)
	if !utf8.Valid(data) {
		return true, rejected("The tool's server sent an event that is not in UTF-8.")
	}
	switch ev.Type {
	case eventResult:
		if !json.Valid(data) {
			return true, rejected("The tool's server ended its stream with a result that is not JSON.")
		}
		if len(data) > tool.MaxAnswerBytes {
			return true, rejected("The tool's server ended its stream with a result of more than %d bytes.", tool.MaxAnswerBytes)
		}
		c.Answer.JSON = data
		return true, nil
	case eventError:
		return true, failure(data)
	case eventProgress, eventMessage, eventLog, eventOutput:
		data = member(ev.Type, data)
	case "":
	default:
		return true, rejected("The tool's server sent an event of a name that is not known: %s. Known are %s.", printable(ev.Type), strings.Join(eventNames, ", "))
	}
	words, err := tool.ReadWords(data)
	if err != nil {
		name := ev.Type
		if name == "" {
			name = "nameless"
		}
		return true, rejected("The tool's server sent a wrong event %s: %s", name, fault.Of(err).Message)
	}
	say(c, words)
	return false, nil
}

// member is the data of a named event as an object. It may be the value of the member
// that the event is named after; of a log one line is enough.
func member(name string, data []byte) []byte {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '{' || !json.Valid(data) {
		return data
	}
	if name == eventLog && data[0] == '"' {
		data = append(append([]byte("["), data...), ']')
	}
	return append(append([]byte(`{"`+name+`":`), data...), '}')
}

// failure is what an endpoint says at the end of its stream.
func failure(data []byte) error {
	words := wordsOf(jsonType, data)
	if words.message == "" && !tool.IsCode(words.code) {
		words.message = "The tool's server ended its stream with an error."
	}
	f := tool.Failure(words.code, words.message, words.details)
	var more struct {
		Retry bool `json:"retry"`
	}
	if json.Unmarshal(data, &more) == nil && more.Retry {
		f.Kind = fault.Upstream
	}
	return f
}

// printable is the beginning of a name as it can be shown.
func printable(name string) string {
	const most = 40
	runes := []rune(name)
	if len(runes) > most {
		runes = append(runes[:most-3:most-3], []rune("...")...)
	}
	return fmt.Sprintf("%q", string(runes))
}
