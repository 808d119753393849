// Package tools is how callers find out what there is to call: the routes below
// /tools, and the one translation of what a tool says of itself into the words of
// the API, of which its description is made too.
package tools

import (
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/tool"
)

// Config is what the routes work with.
type Config struct {
	Tools   *tool.Set
	Timeout time.Duration          // of an attempt, where the tool has none of its own
	Paused  func(name string) bool // whether an operator lets the tool's jobs wait
}

// Routes are the routes of tools.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{
		{Method: "GET", Path: "/tools", Handler: c.list},
		{Method: "GET", Path: "/tools/{name}", Handler: c.get},
	}
}

// list answers GET /tools.
func (c Config) list(call *httpapi.Call) error {
	body := api.Tools{Tools: []api.Tool{}}
	for _, name := range c.Tools.Names() {
		if t, err := call.Tool(name); err == nil { // else the key may not call it, or it is gone by now
			body.Tools = append(body.Tools, c.describe(t, call))
		}
	}
	return call.AnswerIfNew(body)
}

// get answers GET /tools/{name}.
func (c Config) get(call *httpapi.Call) error {
	t, err := call.Tool(call.Request().PathValue("name"))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "NOT_FOUND", "There is no such tool.")
	} else if err != nil {
		return err
	}
	return call.AnswerIfNew(c.describe(t, call))
}

func (c Config) describe(t tool.Tool, call *httpapi.Call) api.Tool {
	spec := t.Spec()
	d := Describe(&spec, c.Timeout, call.Plan())
	d.Paused = c.Paused(spec.Name)
	return d
}

// Describe is what callers on a plan are told of a tool whose attempts end after
// timeout, if it says no other. The zero plan has no limits.
func Describe(s *tool.Spec, timeout time.Duration, plan account.Plan) api.Tool {
	if s.Timeout > 0 {
		timeout = s.Timeout
	}
	d := api.Tool{
		Name: s.Name, Path: httpapi.ToolPath(s.Name), Summary: s.Summary, Mode: s.Mode.String(), Extensions: list(s.Extensions),
		Input:   api.ToolInput{JSON: s.JSONInput, ContentTypes: list(s.InputTypes)},
		Options: make([]api.ToolOption, len(s.Options)),
		Limits:  api.ToolLimits{MaxBytes: smaller(s.MaxBytes, plan.MaxInputBytes), TimeoutSeconds: int64((timeout + time.Second - 1) / time.Second)},
	}
	limits(&d.Limits, s)
	if !s.AnyOutput {
		d.Output = api.ToolOutput{Extension: s.OutputExt, ContentType: s.ContentType}
	}
	d.InputSchema, d.OutputSchema = s.InputSchema, s.OutputSchema
	if a := s.Annotations; a != nil {
		d.Annotations = &api.ToolAnnotations{Title: a.Title, ReadOnly: a.ReadOnly, Destructive: a.Destructive, Idempotent: a.Idempotent, OpenWorld: a.OpenWorld}
	}
	for i := range s.Options {
		d.Options[i] = option(&s.Options[i])
	}
	return d
}

// limits tells what a tool's attempts keep to, over all callers.
func limits(d *api.ToolLimits, s *tool.Spec) {
	d.MaxRunning = s.MaxRunning
	l := s.Limits
	if !l.Any() {
		return
	}
	if l.Most > 0 {
		d.MaxRunning, d.ConcurrencyBy = l.Most, string(l.SlotsBy)
	}
	if l.Rate.Any() {
		d.MaxPer, d.Burst, d.By = l.Rate.String(), l.Rate.Burst, string(l.By)
	}
}

func option(o *tool.Option) api.ToolOption {
	d := api.ToolOption{Header: o.Header, Kind: o.Kind.String(), Default: o.Default, Required: o.Required, Choices: o.Choices, Summary: o.Summary}
	if least, most, ok := o.Bounds(); ok {
		d.Min, d.Max = &least, &most
	}
	return d
}

// list is never nil, so that an empty list is [].
func list(of []string) []string { return append([]string{}, of...) }

// smaller is the smaller one of two limits, of which 0 is none.
func smaller(a, b int64) int64 {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
