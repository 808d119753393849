package mcp_test

import (
	"strings"
	"testing"

	"claimcheck/internal/dialect/mcp"
)

func TestMarksThatClientsWouldRefuseAreToldToOperators(t *testing.T) {
	for schema, want := range map[string]string{
		`{}`: "",
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"integer","x-mcp-header":"B-1"},"c":{"properties":{"d":{"type":"boolean","x-mcp-header":"D"}}}}}`: "",
		`{"properties":{"x-mcp-header":{"type":"string"},"e":{"enum":[{"x-mcp-header":1}],"default":{"x-mcp-header":1}}}}`:                                                     "",
		`{"x-mcp-header":"A","type":"object"}`:                                                               "#/x-mcp-header marks what is no argument",
		`{"properties":{"a/b":{"type":"string","x-mcp-header":""}}}`:                                         "#/properties/a~1b/x-mcp-header must be the rest",
		`{"properties":{"a":{"type":"string","x-mcp-header":"A\r\nB"}}}`:                                     "must be the rest",
		`{"properties":{"a":{"type":"string","x-mcp-header":1}}}`:                                            "must be the rest",
		`{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}`:                                          "not of type string, integer or boolean",
		`{"properties":{"a":{"x-mcp-header":"A"}}}`:                                                          "not of type string, integer or boolean",
		`{"properties":{"a":{"type":["string","null"],"x-mcp-header":"A"}}}`:                                 "not of type string, integer or boolean",
		`{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}}`: "#/properties/b/x-mcp-header is the same as that of #/properties/a",
		`{"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}}`:                                "#/properties/a/items/x-mcp-header marks what is no argument",
		`{"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]}`:                              "#/anyOf/0/properties/a/x-mcp-header marks what is no argument",
		`{"$defs":{"a":{"type":"string","x-mcp-header":"A"}}}`:                                               "#/$defs/a/x-mcp-header marks what is no argument",
		`{"if":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}}`:                                   "marks what is no argument",
	} {
		err := mcp.CheckMarks([]byte(schema))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", schema, err, want)
		}
	}
}
