package datatool

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/tool"
)

// A row is a tool.
type row struct {
	name     string
	summary  string // one sentence
	from, to *format
	options  []option

	// run is the tool's own algorithm; nil: what the reader of from tells is written by
	// the writer of to.
	run algorithm
	// steps is run, for an algorithm that also works long between reading and writing; its errors
	// are that of ctx too, which it looks at between its steps.
	steps func(ctx context.Context, in io.Reader, out io.Writer, o *data.Options) error
	// makes is the format that is written where the options say it; nil: to.
	makes func(o *data.Options) *format

	maxBytes int64 // of its input; 0: that of from
}

// Tools returns all tools of the package.
func Tools() []tool.Tool {
	var all []tool.Tool
	for _, r := range slices.Concat(
		jsonTools(), xmlTools(), yamlTools(), csvTools(), excelTools(), webTools(), codeTools(), textTools(), imageTools(),
	) {
		all = append(all, made(r))
	}
	return all
}

// made is the tool of a row.
func made(r row) tool.Tool {
	s := tool.Spec{
		Name:        r.name,
		Summary:     r.summary,
		Extensions:  r.from.extensions,
		InputTypes:  append([]string{r.from.contentType}, r.from.alsoTypes...),
		JSONInput:   r.from == jsonFormat,
		OutputExt:   r.to.ext,
		ContentType: served(r.to.contentType),
		Text:        !r.to.binary,
		MaxBytes:    cmp.Or(r.maxBytes, r.from.maxBytes),
	}
	for _, o := range r.options {
		s.Options = append(s.Options, o.Option)
	}
	if r.makes != nil {
		s.AnyOutput, s.OutputExt, s.ContentType, s.Text = true, "", "", false
	}
	return converter{spec: s, options: r.options, run: r.algorithm(), makes: r.makes}
}

// algorithm is what a row does.
func (r *row) algorithm() func(ctx context.Context, in io.Reader, out io.Writer, o *data.Options) error {
	if r.steps != nil {
		return r.steps
	}
	run := r.run
	if run == nil {
		run = conversion(r.from, r.to)
	}
	return func(_ context.Context, in io.Reader, out io.Writer, o *data.Options) error { return run(in, out, o) }
}

// served is the type that an output is served with: text says that it is in UTF-8, for
// which browsers take it only then.
func served(contentType string) string {
	if strings.HasPrefix(contentType, "text/") {
		return contentType + "; charset=utf-8"
	}
	return contentType
}

// An option is one that callers may set, and where its value goes.
type option struct {
	tool.Option

	set func(o *data.Options, value string)
}
