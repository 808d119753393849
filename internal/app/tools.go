package app

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/media"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue"
	"claimcheck/internal/schema"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
	"claimcheck/internal/tool/httptool"
	"claimcheck/internal/tool/testtool"
	"claimcheck/internal/trace"
)

// builtIn is the one list of built-in tools.
func builtIn() []tool.Tool {
	return slices.Concat(
		datatool.Tools(),
		testtool.Tools(),
	)
}

// offered are the tools of a configuration, built in and configured, and which
// built-in ones are hidden; see tool.Merge. A name whose path is another route's
// is refused.
func offered(cfg []config.Tool, transport http.RoundTripper, links httptool.Links, schemas *schema.Compiler, spans *trace.Tracer) (all []tool.Tool, hidden []string, err error) {
	var own []tool.Tool
	for i := range cfg {
		t, err := configured(&cfg[i], transport, links, schemas, spans)
		if err != nil {
			return nil, nil, fmt.Errorf("input_schema of %s: %w", cfg[i].Name, err)
		}
		own = append(own, t)
	}
	all, hidden = tool.Merge(builtIn(), own)
	offered := httpapi.Config{Routes: routes(parts{}), Dialects: dialects(spoken{})}
	for _, t := range all {
		if name := t.Spec().Name; offered.Takes(httpapi.ToolPath(name)) {
			return nil, nil, fmt.Errorf("a tool cannot be named %s: the path %s is taken", name, httpapi.ToolPath(name))
		}
	}
	return all, hidden, nil
}

var modes = map[string]tool.Mode{config.ModeBody: tool.Body, config.ModeJSON: tool.JSON, config.ModePull: tool.Pull}

var kinds = map[string]tool.Kind{
	config.KindText: tool.Passed, config.KindInteger: tool.Int, config.KindBoolean: tool.Bool, config.KindChoice: tool.Choice,
}

// configured is a tool as the configuration describes it.
func configured(t *config.Tool, transport http.RoundTripper, links httptool.Links, schemas *schema.Compiler, spans *trace.Tracer) (tool.Tool, error) {
	secret := http.Header{}
	for name, value := range t.SecretHeaders {
		secret.Set(name, value.Reveal())
	}
	summary := t.Summary
	if summary == "" {
		summary = "Runs " + t.Name + "."
	}
	c := httptool.Config{
		Name: t.Name, Summary: summary, Mode: modes[t.Mode], Target: t.Target, Extensions: t.Extensions, InputTypes: inputTypes(t), Options: passed(t.Headers), Secret: secret,
		Timeout: t.Timeout, Attempts: t.MaxAttempts, MaxRunning: maxRunning(t), Limits: t.Limits(), Transport: transport, Trace: spans, Random: rand.Reader, Links: links,
		OutputSchema: t.OutputSchema, Annotations: annotations(t.Annotations),
	}
	if len(t.InputSchema) > 0 {
		made, err := schemas.Compile(t.InputSchema)
		if err != nil {
			return nil, err
		}
		c.InputSchema, c.CheckInput, c.MaxBytes = t.InputSchema, made.Check, schema.MaxInputBytes
	}
	return httptool.New(c), nil
}

// maxRunning is how many attempts of a tool may run at once, whatever they go by.
func maxRunning(t *config.Tool) int64 {
	if t.ConcurrencyBy != "" {
		return 0 // it is for each value
	}
	return t.MaxRunning
}

// annotations are what the configuration says of a tool's behaviour.
func annotations(a *config.Annotations) *tool.Annotations {
	if a == nil {
		return nil
	}
	return &tool.Annotations{Title: a.Title, ReadOnly: a.ReadOnly, Destructive: a.Destructive, Idempotent: a.Idempotent, OpenWorld: a.OpenWorld}
}

// inputTypes are the Content-Types that a tool's inputs usually have.
func inputTypes(t *config.Tool) []string {
	if len(t.ContentTypes) > 0 {
		return t.ContentTypes
	}
	if len(t.InputSchema) > 0 {
		return []string{"application/json"}
	}
	var list []string
	for _, ext := range t.Extensions {
		kind := media.TypeOfExtension(ext)
		if kind == "" {
			kind = "application/octet-stream" // which is what the target is sent
		}
		if !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	return list
}

// passed are the headers that are passed on, as the options that callers see.
func passed(headers []config.Header) (options []tool.Option) {
	for _, h := range headers {
		summary := h.Summary
		if summary == "" {
			summary = "Passed on to the tool."
		}
		options = append(options, tool.Option{
			Header: h.Name, Kind: kinds[h.Kind], Default: h.Default, Min: int(h.Min), Max: int(h.Max), Choices: h.Choices, Summary: summary,
		})
	}
	return options
}

// rules is what the queue must know of a tool.
func (s *Server) rules(name string) queue.ToolRules {
	t, ok := s.tools.Get(name)
	if !ok {
		return queue.ToolRules{Unknown: true}
	}
	spec := t.Spec()
	return queue.ToolRules{
		MaxAttempts: spec.MaxAttempts, MaxRunning: spec.MaxRunning, Limits: spec.Limits, Timeout: spec.Timeout, Pull: spec.Mode == tool.Pull, Breaker: spec.Queued && spec.Mode != tool.Pull,
	}
}

// toolPaused reports whether an operator lets a tool's jobs wait.
func (s *Server) toolPaused(name string) bool { return s.queue.Pauses().Paused(pause.Tool, name) }

// plan returns a plan by name; one that is gone from the configuration is the
// default.
func (s *Server) plan(name string) account.Plan {
	plans := *s.plans.Load()
	if p, ok := plans[name]; ok {
		return p
	}
	return plans[config.DefaultPlan]
}

// longestSignature is how long a signature of ours must verify after its secret
// was rotated: links, upload forms, and the addresses of remote attempts.
func longestSignature(cfg *config.Config) time.Duration {
	longest := max(cfg.LinkExpiry, cfg.UploadExpiry, cfg.JobTimeout)
	for _, t := range cfg.Tools {
		longest = max(longest, t.Timeout)
	}
	return longest
}

// offer makes a configuration's tools and plans those of the server, all or
// nothing.
func (s *Server) offer(cfg *config.Config) error {
	all, hidden, err := offered(cfg.Tools, s.targets, s.desk, s.schemas, s.trace)
	if err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	next, err := tool.NewSet(all...)
	if err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	doc := described(next, s.cfg.JobTimeout, s.publicURL(), s.version)
	plans := maps.Clone(cfg.Plans)
	if err := s.tools.Replace(all...); err != nil {
		return fmt.Errorf("tools: %w", err)
	}
	for _, name := range hidden {
		s.log.Warn("a configured tool has the name of a built-in one and takes its place", "tool", name)
	}
	s.plans.Store(&plans)
	s.doc.Store(&doc)
	return nil
}
