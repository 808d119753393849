package google

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// maxRunBytes is how long the body of a call may be: what gRPC takes where nothing
// else is said. Longer inputs are named by url or file.
const maxRunBytes = 4 << 20

// A runRequest is the body of POST /v1/tools/{tool}:run: one of the first three.
type runRequest struct {
	Content   json.RawMessage            `json:"content"`
	URL       *string                    `json:"url"`
	File      *string                    `json:"file"`
	Options   map[string]json.RawMessage `json:"options"`
	RequestID string                     `json:"requestId"` // AIP-155: an idempotency key

	ProtobufRequestID string `json:"request_id"` // its name in protobuf, which its JSON mapping takes too
}

// run answers with the Operation that a call of a tool has become.
func run(c *httpapi.Call) error {
	t, err := c.Tool(c.Request().PathValue("tool"))
	if err != nil {
		return err
	}
	var said runRequest
	if err := c.ReadJSON(&said, maxRunBytes); err != nil {
		return err
	}
	r, err := said.request(c, t)
	if err != nil {
		return err
	}
	return said.asSent(said.order(c, r))
}

// order makes an order of the request and places it.
func (s *runRequest) order(c *httpapi.Call, r intake.Request) error {
	o, err := c.Begin(r)
	if err != nil {
		return err
	}
	if err := s.input(c, o); err != nil {
		return err
	}
	return c.Place(o)
}

// asSent calls what a failure names as the request did: an option, of which the
// intake knows the header, and requestId, which it knows as Idempotency-Key.
func (s *runRequest) asSent(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	if fault.IsCode(err, intake.CodeInvalidRequest) || f.Kind == fault.Mismatch {
		if s.RequestID == "" || !strings.Contains(f.Message, "Idempotency-Key") {
			return err
		}
		told := *f
		told.Message = strings.ReplaceAll(f.Message, "Idempotency-Key", "requestId")
		return &told
	}
	for i, d := range f.Details {
		header, ok := d.Value.(string)
		if !ok || d.Name != "option" {
			continue
		}
		for name := range s.Options {
			if optionName(name) == optionName(header) {
				told := *f
				told.Message = strings.ReplaceAll(f.Message, header, "options."+name)
				told.Details = slices.Clone(f.Details)
				told.Details[i].Value = name
				return &told
			}
		}
	}
	return err
}

// request is what the body says of the work.
func (s *runRequest) request(c *httpapi.Call, t tool.Tool) (r intake.Request, err error) {
	h := c.Request().Header
	r = intake.Request{Tool: t, Wish: intake.Wish{Async: true}, Trace: h.Get("Traceparent"), Key: h["Idempotency-Key"]}
	if s.ProtobufRequestID != "" {
		if s.RequestID != "" {
			return r, fault.New(fault.Invalid, intake.CodeInvalidRequest, "requestId and request_id are the same thing; send one of them.").With("member", "requestId")
		}
		s.RequestID = s.ProtobufRequestID
	}
	if s.RequestID != "" {
		if len(r.Key) > 0 && (len(r.Key) > 1 || r.Key[0] != s.RequestID) {
			return r, fault.New(fault.Invalid, intake.CodeInvalidRequest, "requestId and Idempotency-Key are the same thing; send one of them.").With("member", "requestId")
		}
		r.Key = []string{s.RequestID}
	}
	given := 0
	for _, m := range [...]struct {
		source intake.Source
		there  bool
	}{{intake.FromBody, s.Content != nil}, {intake.FromURL, s.URL != nil}, {intake.FromFile, s.File != nil}} {
		if m.there {
			given++
			r.Source = string(m.source)
		}
	}
	if given != 1 {
		return r, fault.New(fault.Invalid, intake.CodeInvalidRequest, "The body must have exactly one of the members content, url and file.")
	}
	spec := t.Spec()
	err = setOptions(&r, &spec, s.Options)
	return r, err
}

// input gives the order its input.
func (s *runRequest) input(c *httpapi.Call, o *intake.Order) error {
	switch o.Source {
	case intake.FromURL:
		return named(c, o, *s.URL)
	case intake.FromFile:
		return named(c, o, *s.File)
	default:
		body, err := content(&o.Spec, s.Content)
		if err != nil {
			return err
		}
		return c.Take(o, body)
	}
}

func named(c *httpapi.Call, o *intake.Order, text string) error {
	if text == "" {
		return fault.New(fault.Invalid, intake.CodeInvalidRequest, "%s is empty; leave it out, or name the input.", string(o.Source)).With("member", string(o.Source))
	}
	return c.Name(o, text, []byte(text))
}

// content is the input that stands in a call: for a tool whose input is JSON, or has
// a schema, any value, byte for byte; for others a text. A tool that takes
// whatever comes takes both.
func content(spec *tool.Spec, value json.RawMessage) (intake.Body, error) {
	const jsonType, textType = "application/json", "text/plain; charset=utf-8"
	if spec.JSONInput || spec.InputSchema != nil || spec.RawInput && value[0] != '"' {
		return intake.Body{From: bytes.NewReader(value), Length: int64(len(value)), Type: jsonType}, nil
	}
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return intake.Body{}, fault.New(fault.Invalid, intake.CodeInvalidRequest, "content must be text for this tool.").With("member", "content")
	}
	return intake.Body{From: strings.NewReader(text), Length: int64(len(text)), Type: textType}, nil
}
