package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// An event is one of an event stream.
type event struct {
	name string
	id   string // of this event or the last one before that has any
	data []byte
}

// An eventReader reads a stream of server-sent events (WHATWG HTML, section
// 9.2.6). An event that the stream ends in is dropped.
type eventReader struct {
	r     *bufio.Reader
	id    string
	retry time.Duration // what the stream says; 0: nothing
	alive func()        // called for each line
	begun bool
	skip  bool // a line feed that comes next belongs to the line before
}

var errLongEvent = errors.New("an event of the stream is too large")

// next returns the next event that has data.
func (e *eventReader) next() (event, error) {
	var ev event
	var data []byte
	has := false
	for {
		line, err := e.line()
		switch {
		case err != nil:
			return event{}, err
		case len(line) == 0 && has:
			ev.id, ev.data = e.id, data
			return ev, nil
		case len(line) == 0:
			ev.name = ""
			continue
		}
		name, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			ev.name = value
		case "data":
			if has {
				data = append(data, '\n')
			}
			data, has = append(data, value...), true
		case "id":
			if !strings.ContainsRune(value, 0) {
				e.id = value
			}
		case "retry":
			if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
				e.retry = time.Duration(ms) * time.Millisecond
			}
		}
		if len(data) > maxAnswerBytes {
			return event{}, errLongEvent
		}
	}
}

// line returns the next line without its end, which is CR, LF or both. It is good
// until the next call.
func (e *eventReader) line() ([]byte, error) {
	var line []byte
	for {
		b, err := e.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // a line that does not end
			}
			if len(line) == 0 && errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return nil, err
		}
		skip := e.skip
		e.skip = b == '\r'
		switch {
		case b == '\n' && skip:
		case b == '\n' || b == '\r':
			e.alive()
			if !e.begun {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			e.begun = true
			return line, nil
		case len(line) >= maxAnswerBytes:
			return nil, errLongEvent
		default:
			line = append(line, b)
		}
	}
}
