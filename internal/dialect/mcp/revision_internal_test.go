package mcp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

const can = `"io.modelcontextprotocol/clientCapabilities":{}`

func claim(version string) string {
	return `"io.modelcontextprotocol/protocolVersion":` + version
}

func TestEachMessageSaysItsRevision(t *testing.T) {
	for name, c := range map[string]struct {
		method, meta string // of a request, none where empty
		header       []string
		want         string
		code         int
	}{
		"modern":                        {"tools/list", claim(`"2026-07-28"`) + "," + can, []string{"2026-07-28"}, modern, 0},
		"with space around it":          {"tools/list", claim(`"2026-07-28"`) + "," + can, []string{" 2026-07-28\t"}, modern, 0},
		"who the client is":             {"tools/list", claim(`"2026-07-28"`) + "," + can + `,"io.modelcontextprotocol/clientInfo":{"name":"x"}`, []string{"2026-07-28"}, modern, 0},
		"who it is, wrongly":            {"tools/list", claim(`"2026-07-28"`) + "," + can + `,"io.modelcontextprotocol/clientInfo":"x"`, []string{"2026-07-28"}, "", invalidParams},
		"modern without header":         {"tools/list", claim(`"2026-07-28"`) + "," + can, nil, "", headerMismatch},
		"two headers":                   {"tools/list", claim(`"2026-07-28"`) + "," + can, []string{"2026-07-28", "2026-07-28"}, "", headerMismatch},
		"header and body differ":        {"tools/list", claim(`"2026-07-28"`) + "," + can, []string{"2025-11-25"}, "", headerMismatch},
		"modern by the header alone":    {"tools/list", "", []string{"2026-07-28"}, "", invalidParams},
		"no revision in _meta":          {"tools/list", can, []string{"2026-07-28"}, "", invalidParams},
		"no capabilities":               {"tools/list", claim(`"2026-07-28"`), []string{"2026-07-28"}, "", invalidParams},
		"capabilities that are none":    {"tools/list", claim(`"2026-07-28"`) + `,"io.modelcontextprotocol/clientCapabilities":1`, []string{"2026-07-28"}, "", invalidParams},
		"a number":                      {"tools/list", claim(`20260728`) + "," + can, []string{"2026-07-28"}, "", invalidParams},
		"one that nobody knows":         {"tools/list", claim(`"1900-01-01"`) + "," + can, []string{"1900-01-01"}, "", unsupportedVersion},
		"a later one":                   {"tools/list", claim(`"2027-01-01"`) + "," + can, []string{"2027-01-01"}, "", unsupportedVersion},
		"one that nobody knows, header": {"tools/list", "", []string{"1900-01-01"}, "", unsupportedVersion},
		"legacy":                        {"tools/list", "", []string{"2025-06-18"}, "2025-06-18", 0},
		"legacy, unsaid":                {"tools/list", "", nil, unsaid, 0},
		"legacy in the modern way":      {"tools/list", claim(`"2025-11-25"`) + "," + can, []string{"2025-11-25"}, "2025-11-25", 0},
		"initialize":                    {"initialize", "", nil, unsaid, 0},
		"initialize, said":              {"initialize", "", []string{"2025-11-25"}, unsaid, 0},
		"initialize by a modern one":    {"initialize", "", []string{"2026-07-28"}, "", headerMismatch},
		"initialize in the modern way":  {"initialize", claim(`"2026-07-28"`) + "," + can, []string{"2026-07-28"}, modern, 0},
	} {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{"_meta":{%s}}}`, c.method, c.meta)
		m, p := parse([]byte(body))
		if p != nil {
			t.Fatalf("%s: %+v", name, p)
		}
		h := http.Header{}
		for _, v := range c.header {
			h.Add(headerVersion, v)
		}
		got, p := revisionOf(&m, h)
		code := 0
		if p != nil {
			if code = p.Code; p.Status != http.StatusBadRequest {
				t.Errorf("%s: status %d", name, p.Status)
			}
		}
		if code != c.code || p == nil && got != c.want {
			t.Errorf("%s: %q, %d; want %q, %d", name, got, code, c.want, c.code)
		}
	}
}

func TestModernHeadersRepeatTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		method, name []string // header fields
		params       string
		source       string
		ok           bool
	}{
		"equal":                   {[]string{"tools/call"}, []string{"json_formatter"}, `{"name":"json_formatter"}`, "name", true},
		"nothing to repeat":       {[]string{"tools/call"}, nil, `{}`, "", true},
		"nothing in the body":     {[]string{"tools/call"}, nil, `{}`, "name", true},
		"with space":              {[]string{" tools/call "}, []string{"\tjson_formatter "}, `{"name":"json_formatter"}`, "name", true},
		"base64":                  {[]string{"tools/call"}, []string{"=?base64?anNvbl9mb3JtYXR0ZXI=?="}, `{"name":"json_formatter"}`, "name", true},
		"base64 of another name":  {[]string{"tools/call"}, []string{"=?base64?eA==?="}, `{"name":"json_formatter"}`, "name", false},
		"no base64":               {[]string{"tools/call"}, []string{"=?base64?!?="}, `{"name":"!"}`, "name", false},
		"base64 of no text":       {[]string{"tools/call"}, []string{"=?base64?/w==?="}, `{"name":"x"}`, "name", false},
		"base64 with loose bits":  {[]string{"tools/call"}, []string{"=?base64?eB==?="}, `{"name":"x"}`, "name", false},
		"the marks are lower":     {[]string{"tools/call"}, []string{"=?BASE64?eA==?="}, `{"name":"x"}`, "name", false},
		"the marks unencoded":     {[]string{"tools/call"}, []string{"=?base64?eA==?="}, `{"name":"=?base64?eA==?="}`, "name", false},
		"another name":            {[]string{"tools/call"}, []string{"x"}, `{"name":"json_formatter"}`, "name", false},
		"another case":            {[]string{"tools/call"}, []string{"JSON_FORMATTER"}, `{"name":"json_formatter"}`, "name", false},
		"no name":                 {[]string{"tools/call"}, nil, `{"name":"json_formatter"}`, "name", false},
		"two names":               {[]string{"tools/call"}, []string{"x", "x"}, `{"name":"x"}`, "name", false},
		"characters of no header": {[]string{"tools/call"}, []string{"é"}, `{"name":"é"}`, "name", false},
		"no method":               {nil, nil, `{}`, "", false},
		"another method":          {[]string{"tools/list"}, nil, `{}`, "", false},
		"the method in capitals":  {[]string{"TOOLS/CALL"}, nil, `{}`, "", false},
		"two methods":             {[]string{"tools/call", "tools/call"}, nil, `{}`, "", false},
	} {
		m := message{id: json.RawMessage("1"), method: "tools/call"}
		m.params, _ = objectOf(json.RawMessage(c.params))
		p := checkHeaders(&m, http.Header{"Mcp-Method": c.method, "Mcp-Name": c.name}, c.source)
		if (p == nil) != c.ok || p != nil && (p.Code != headerMismatch || p.Status != http.StatusBadRequest) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestArgumentsThatHeadersRepeat(t *testing.T) {
	const marked = `{"type":"object","properties":{
		"region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"Count"},"yes":{"type":"boolean","x-mcp-header":"Yes"},
		"deep":{"properties":{"er":{"type":"string","x-mcp-header":"Deeper"}}},
		"list":{"items":{"type":"string","x-mcp-header":"Item"}},"plain":{"type":"string"}}}`
	for name, c := range map[string]struct {
		arguments string
		headers   map[string]string
		ok        bool
	}{
		"nothing given":          {`{}`, nil, true},
		"null":                   {`{"region":null}`, nil, true},
		"equal":                  {`{"region":"us-west1"}`, map[string]string{"Mcp-Param-Region": "us-west1"}, true},
		"base64":                 {`{"region":"Hello, 世界"}`, map[string]string{"Mcp-Param-Region": "=?base64?SGVsbG8sIOS4lueVjA==?="}, true},
		"missing":                {`{"region":"us-west1"}`, nil, false},
		"another":                {`{"region":"us-west1"}`, map[string]string{"Mcp-Param-Region": "us-west2"}, false},
		"no base64":              {`{"region":"us-west1"}`, map[string]string{"Mcp-Param-Region": "=?base64?*?="}, false},
		"empty":                  {`{"region":""}`, map[string]string{"Mcp-Param-Region": ""}, true},
		"a number":               {`{"n":42}`, map[string]string{"Mcp-Param-Count": "42"}, true},
		"a number, written else": {`{"n":42}`, map[string]string{"Mcp-Param-Count": "42.0"}, true},
		"another number":         {`{"n":42}`, map[string]string{"Mcp-Param-Count": "43"}, false},
		"in hexadecimal":         {`{"n":16}`, map[string]string{"Mcp-Param-Count": "0x10"}, false},
		"in binary":              {`{"n":2}`, map[string]string{"Mcp-Param-Count": "0b10"}, false},
		"in groups":              {`{"n":1000}`, map[string]string{"Mcp-Param-Count": "1_000"}, false},
		"with a plus":            {`{"n":42}`, map[string]string{"Mcp-Param-Count": "+42"}, false},
		"with a power":           {`{"n":16}`, map[string]string{"Mcp-Param-Count": "1p4"}, false},
		"in the base64 form":     {`{"n":42}`, map[string]string{"Mcp-Param-Count": "=?base64?NDI=?="}, true},
		"for what is null":       {`{"region":null}`, map[string]string{"Mcp-Param-Region": "us-west1"}, false},
		"for what is left out":   {`{"n":42}`, map[string]string{"Mcp-Param-Count": "42", "Mcp-Param-Region": "us-west1"}, false},
		"for what is not within": {`{"deep":{}}`, map[string]string{"Mcp-Param-Deeper": "x"}, false},
		"bad, for nothing":       {`{}`, map[string]string{"Mcp-Param-Yes": "=?base64?*?="}, false},
		"a long number":          {`{"n":42}`, map[string]string{"Mcp-Param-Count": "4.2e1000000000"}, false},
		"true":                   {`{"yes":true}`, map[string]string{"Mcp-Param-Yes": "true"}, true},
		"true in capitals":       {`{"yes":true}`, map[string]string{"Mcp-Param-Yes": "True"}, false},
		"within":                 {`{"deep":{"er":"x"}}`, map[string]string{"Mcp-Param-Deeper": "x"}, true},
		"within, missing":        {`{"deep":{"er":"x"}}`, nil, false},
		"in a list":              {`{"list":["x"]}`, nil, true},
		"not marked":             {`{"plain":"x"}`, map[string]string{"Mcp-Param-Plain": "y"}, true},
		"an object where none":   {`{"deep":3,"region":"x"}`, map[string]string{"Mcp-Param-Region": "x"}, true},
	} {
		h := http.Header{}
		for k, v := range c.headers {
			h.Set(k, v)
		}
		p := checkParamHeaders(h, json.RawMessage(marked), json.RawMessage(c.arguments))
		if (p == nil) != c.ok || p != nil && p.Code != headerMismatch {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
