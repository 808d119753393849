package mcp

import (
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
)

// maxSchemaDepth is how deep a schema is looked into for x-mcp-header.
const maxSchemaDepth = 32

// checkParamHeaders compares the arguments that a tool's schema marks with
// x-mcp-header with the header fields that repeat them (2026-07-28, "Custom Headers
// from Tool Parameters"). Marks are looked for where the specification allows them:
// below properties alone.
func checkParamHeaders(h http.Header, schema, arguments json.RawMessage) *problem {
	return checkMarked(h, schema, arguments, maxSchemaDepth)
}

func checkMarked(h http.Header, schema, value json.RawMessage, depth int) *problem {
	sc, ok := objectOf(schema)
	if !ok || depth == 0 {
		return nil
	}
	if name, ok := textOf(sc[mark]); ok && name != "" {
		if p := checkMark(h, headerParam+name, value); p != nil {
			return p
		}
	}
	members, _ := objectOf(sc["properties"])
	values, _ := objectOf(value)
	for name, member := range members {
		if p := checkMarked(h, member, values[name], depth-1); p != nil {
			return p
		}
	}
	return nil
}

// checkMark compares one argument with its field; an argument that is null or left
// out has none, because who reads the field alone would see what the tool does not.
func checkMark(h http.Header, name string, value json.RawMessage) *problem {
	if len(value) == 0 || string(value) == "null" {
		if len(h.Values(name)) > 0 {
			return mismatch(name + " is there, but the argument that it repeats is not.")
		}
		return nil
	}
	text, ok := textOf(value)
	if !ok {
		text = string(value)
		if said, p := single(h.Values(name), name); p == nil && sameNumber(said, text) {
			return nil
		}
	}
	return compareHeader(h, name, text)
}

// maxNumber is how long a number may be that is compared as one.
const maxNumber = 64

// decimal is how numbers are written, in JSON and in headers ("Value Encoding").
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// sameNumber reports whether two texts are one number, as 42 and 42.0 are.
func sameNumber(a, b string) bool {
	if len(a) > maxNumber || len(b) > maxNumber || !decimal.MatchString(a) || !decimal.MatchString(b) {
		return false
	}
	x, okX := new(big.Float).SetString(a)
	y, okY := new(big.Float).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
