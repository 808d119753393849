package clienttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"

	"claimcheck/api"
)

const (
	fromLines = "lines"
	linesType = "application/x-ndjson"
	maxLines  = 1000
)

// aLine is one of several, and which it is.
type aLine struct {
	number int
	text   []byte
	refuse *refusal
}

// linesOf reads the body of a submission with x-source-type: lines.
func (sub *submission) linesOf() ([]aLine, error) {
	if kind, _, err := mime.ParseMediaType(sub.header.Get("Content-Type")); err != nil || kind != linesType {
		return nil, refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "With x-source-type: lines the Content-Type must be application/x-ndjson.")
	}
	switch sub.header.Get("X-On-Error") {
	case "", "skip", "stop":
	default:
		return nil, &refusal{status: http.StatusBadRequest, code: "INVALID_OPTION", message: "x-on-error must be skip or stop.", facts: api.Facts{Option: "x-on-error"}}
	}
	var all []aLine
	number := 0
	for text := range bytes.Lines(sub.body) {
		number++
		text = bytes.TrimRight(text, " \t\r\n")
		if len(text) == 0 {
			continue
		}
		line := aLine{number: number, text: text}
		switch {
		case !json.Valid(text):
			line.refuse = &refusal{status: http.StatusBadRequest, code: "INVALID_JSON", message: "The line is not one JSON value.", facts: api.Facts{Line: number, Column: 1}}
		case sub.tool.MaxBytes > 0 && int64(len(text)) > sub.tool.MaxBytes:
			line.refuse = &refusal{status: http.StatusRequestEntityTooLarge, code: "PAYLOAD_TOO_LARGE", message: fmt.Sprintf("The input is larger than %d bytes.", sub.tool.MaxBytes), facts: api.Facts{Line: number, Limit: sub.tool.MaxBytes}}
		}
		all = append(all, line)
	}
	switch {
	case len(all) == 0:
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST", "The body is empty; send one JSON value a line.")
	case len(all) > maxLines:
		return nil, refuse(http.StatusBadRequest, "INVALID_REQUEST", "The body has more than 1000 lines; send them in several calls.")
	}
	return all, nil
}

// placeLines makes a job of each line and says what is answered.
func (s *Server) placeLines(requestID string, sub *submission) ([]byte, error) {
	lines, err := sub.linesOf()
	if err != nil {
		return nil, err
	}
	if sub.header.Get("X-On-Error") == "stop" {
		for _, l := range lines {
			if l.refuse != nil {
				return nil, l.refuse
			}
		}
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	for _, l := range lines {
		if l.refuse != nil {
			if err := e.Encode(envelope(l.refuse)); err != nil {
				return nil, err
			}
			continue
		}
		one := *sub
		one.source, one.body, one.prefer = "body", l.text, preference{async: true}
		one.header = sub.header.Clone()
		one.header.Set("Content-Type", "application/json")
		j := s.newJob(&one, requestID)
		if err := e.Encode(api.Accepted{Status: "accepted", JobID: j.id, StatusURL: s.URL + "/jobs/" + j.id, RequestID: requestID}); err != nil {
			return nil, err
		}
	}
	return body.Bytes(), nil
}
