package mcp

import (
	"encoding/json"
	"slices"

	"claimcheck/internal/tool"
)

// ownInput is the schema of the arguments of a tool whose operator gave one. The
// arguments are an object, and clients refuse a whole list with a schema that does
// not say so; nil where the tool's input can be no object, or has no schema.
func ownInput(s *tool.Spec) json.RawMessage {
	members, ok := objectOf(s.InputSchema)
	if !ok {
		return nil
	}
	kind, said := members["type"]
	if text, ok := textOf(kind); ok && text == "object" {
		return s.InputSchema
	}
	if said && !lists(kind, "object") {
		return nil
	}
	members["type"] = json.RawMessage(`"object"`)
	return encode(members)
}

// lists reports whether a value is a list that has a word.
func lists(raw json.RawMessage, word string) bool {
	var list []string
	return json.Unmarshal(raw, &list) == nil && slices.Contains(list, word)
}

// outputSchema is the schema of structuredContent of a tool whose results have one:
// the configured one, or what is told of a job that is not finished, or of a
// failure, because clients hold every answer to it. Nil for none.
func outputSchema(s *tool.Spec) json.RawMessage {
	if s.OutputSchema == nil {
		return nil
	}
	result := schema{"$ref": "#/$defs/result"}
	return encode(schema{
		"type":  "object",
		"$defs": schema{"result": nested(s.OutputSchema, s.Name, "output")},
		"anyOf": []schema{
			result,
			{"properties": schema{"value": result}, "required": []string{"value"}},
			{
				"properties": schema{"job_id": schema{"type": "string"}, "status": schema{"enum": []string{"queued", "processing", "success", "failed"}}},
				"required":   []string{"job_id", "status"},
			},
			{
				"properties": schema{"error": schema{"type": "object", "required": []string{"code", "message"}}},
				"required":   []string{"error"},
			},
		},
	})
}

// draft is what a schema is in unless it says otherwise (MCP, "Schema Dialect");
// validators of older drafts refuse a schema that names it.
const draft = `"https://json-schema.org/draft/2020-12/schema"`

// nested is a schema inside of another: it gets an identity, so that what it refers
// to is looked for in itself.
func nested(given json.RawMessage, toolName, of string) json.RawMessage {
	members, ok := objectOf(given)
	if !ok {
		return given
	}
	if string(members["$schema"]) == draft {
		delete(members, "$schema")
	}
	if _, named := members["$id"]; !named {
		members["$id"] = encode("urn:claimcheck:" + toolName + ":" + of)
	}
	return encode(members)
}
