package tool

import (
	"context"
	"io"
)

// A Check judges an input by a tool's input schema. It reads r to its end and
// is safe for concurrent use. Failures: Invalid INVALID_JSON and INVALID_ENCODING
// with line and column for what is no JSON, Invalid INVALID_INPUT with the detail
// errors for JSON that does not fit, TooLarge PAYLOAD_TOO_LARGE for what is not
// looked into; errors of r are passed on wrapped.
type Check func(ctx context.Context, r io.Reader) error

// Annotations are what an operator says of how a tool behaves. They are hints in
// the words of MCP (ToolAnnotations: title, readOnlyHint and so on), and decide
// nothing here. Nil: nothing was said.
type Annotations struct {
	Title       string // for people; empty: none
	ReadOnly    *bool  // it changes nothing
	Destructive *bool  // it may undo or delete something, rather than only add
	Idempotent  *bool  // the same call again changes nothing more
	OpenWorld   *bool  // it deals with what is outside of a closed domain, the web for instance
}
