package api

import "encoding/json"

// Tools is the answer of GET /tools, sorted by name.
type Tools struct {
	Tools []Tool `json:"tools"`
}

// Tool is all that a caller needs to know of a tool. The description of the API
// is made of the same.
type Tool struct {
	Name         string           `json:"name"`
	Path         string           `json:"path"`       // where its inputs are posted, for instance /json-formatter-api
	Summary      string           `json:"summary"`    // one sentence
	Mode         string           `json:"mode"`       // who does the work: builtin, body, json, pull
	Extensions   []string         `json:"extensions"` // of files that hold its input, without the dot; empty: any
	Input        ToolInput        `json:"input"`
	Output       ToolOutput       `json:"output"`
	Options      []ToolOption     `json:"options"`
	Limits       ToolLimits       `json:"limits"`
	InputSchema  json.RawMessage  `json:"input_schema,omitempty"`  // JSON Schema (draft 2020-12) that inputs must fit
	OutputSchema json.RawMessage  `json:"output_schema,omitempty"` // JSON Schema of results; the endpoint's word, not checked
	Annotations  *ToolAnnotations `json:"annotations,omitempty"`   // hints of the operator; absent where there are none
	Paused       bool             `json:"paused"`                  // its jobs wait until an operator lets them go on
}

// ToolAnnotations say how a tool behaves, as its operator says. They are the
// hints of MCP's ToolAnnotations; one that is absent was not given.
type ToolAnnotations struct {
	Title       string `json:"title,omitempty"`       // for people
	ReadOnly    *bool  `json:"read_only,omitempty"`   // it changes nothing
	Destructive *bool  `json:"destructive,omitempty"` // it may undo or delete something
	Idempotent  *bool  `json:"idempotent,omitempty"`  // the same call again changes nothing more
	OpenWorld   *bool  `json:"open_world,omitempty"`  // it deals with what is outside of a closed domain
}

// ToolInput says what a tool takes.
type ToolInput struct {
	JSON         bool     `json:"json"`          // inputs are JSON
	ContentTypes []string `json:"content_types"` // that inputs usually have; others are taken all the same
}

// ToolOutput is the file that a tool makes; both are empty where only its answer
// tells.
type ToolOutput struct {
	Extension   string `json:"extension,omitempty"` // without the dot
	ContentType string `json:"content_type,omitempty"`
}

// ToolOption is a request header that changes what a tool does.
type ToolOption struct {
	Header   string   `json:"header"`             // lower case, for instance x-tab-space
	Kind     string   `json:"kind"`               // integer, boolean, choice, text
	Default  string   `json:"default,omitempty"`  // as it is written in the header; empty: none
	Required bool     `json:"required,omitempty"` // a call without it is refused
	Min      *int     `json:"min,omitempty"`      // of an integer; of a text in characters
	Max      *int     `json:"max,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Summary  string   `json:"summary"` // one sentence
}

// ToolLimits are what a call must keep to. A limit of 0 is none.
type ToolLimits struct {
	MaxBytes       int64 `json:"max_bytes"`       // of an input: the tool's and the plan's
	TimeoutSeconds int64 `json:"timeout_seconds"` // of one attempt

	// What the tool's attempts keep to, over all callers; absent where there is none.
	// Who calls too much waits and is not refused.

	MaxRunning    int64  `json:"max_running,omitempty"`    // at once; for each value of ConcurrencyBy, if that is there
	ConcurrencyBy string `json:"concurrency_by,omitempty"` // owner, or metadata.NAME
	MaxPer        string `json:"max_per,omitempty"`        // that may begin: 10/s, 300/m, 5000/h
	Burst         int64  `json:"burst,omitempty"`          // of MaxPer, at once after a pause
	By            string `json:"by,omitempty"`             // owner, or metadata.NAME: each has MaxPer for itself
}
