package jsontool

import (
	"context"

	"claimcheck/internal/tool"
)

// tabSpace is the header of the option for the width of one level.
const tabSpace = "x-tab-space"

// Tools returns all tools of the package.
func Tools() []tool.Tool {
	indent := tool.Option{
		Header: tabSpace, Kind: tool.Int, Default: "1", Min: 0, Max: 16,
		Summary: "Spaces per level; 0 breaks lines without indenting them.",
	}
	return []tool.Tool{
		row("json-formatter", "Pretty-prints JSON.", indent),
		row("json-minify", "Removes the white space between the tokens of JSON."),
		row("json-validator", "Checks JSON, says where it is wrong, and pretty-prints it.", indent),
	}
}

// A reformatter is a tool that writes its input again in another layout: on lines
// if it has the option of their indentation, else compact.
type reformatter struct{ spec tool.Spec }

func row(name, summary string, options ...tool.Option) reformatter {
	return reformatter{tool.Spec{
		Name:        name,
		Summary:     summary,
		Extensions:  []string{"txt", "json", "log"},
		InputTypes:  []string{"application/json"},
		JSONInput:   true,
		OutputExt:   "json",
		ContentType: "application/json",
		Text:        true,
		Options:     options,
	}}
}

// Spec describes the tool.
func (t reformatter) Spec() tool.Spec { return t.spec }

// Run copies c.Input to c.Output in the tool's layout, without a final newline.
// It fails with Invalid INVALID_JSON or INVALID_ENCODING, both with line and
// column, or with TooLarge FILE_TOO_LARGE; what it has written by then is of no
// use.
func (t reformatter) Run(ctx context.Context, c tool.Call) error {
	l := compact
	if len(t.spec.Options) > 0 {
		l = layout{lines: true, indent: c.Options.Int(tabSpace)}
	}
	return newCopier(newInput(ctx, c.Input), newOutput(ctx, c.Output, l)).run()
}
