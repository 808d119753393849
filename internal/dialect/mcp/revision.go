package mcp

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"claimcheck/internal/intake"
)

// modern is the revision in which each request says what it speaks.
const modern = "2026-07-28"

// legacy are the revisions that begin with initialize, the newest first.
var legacy = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// unsaid is what is spoken where a legacy client does not say it: the header came
// with 2025-06-18.
const unsaid = "2025-03-26"

// supported are all revisions, the newest first.
var supported = append([]string{modern}, legacy...)

// Members of _meta (2026-07-28, "_meta").
const (
	metaVersion      = "io.modelcontextprotocol/protocolVersion"
	metaCapabilities = "io.modelcontextprotocol/clientCapabilities"
	metaClient       = "io.modelcontextprotocol/clientInfo"
	metaServer       = "io.modelcontextprotocol/serverInfo"
)

// revisionOf says which revision a message is in. A message that has its revision in
// _meta is modern, and says everything there and in the header; one that has it
// nowhere is legacy.
func revisionOf(m *message, h http.Header) (string, *problem) {
	said, p := single(h[keyVersion], headerVersion)
	if p != nil {
		return "", p
	}
	claimed := m.says.version != nil
	if m.method == "initialize" && !claimed {
		if said == modern {
			return "", mismatch("initialize is of revisions before " + modern + ", which " + headerVersion + " names.")
		}
		return unsaid, nil // what is spoken from now on is in its params
	}
	if !claimed {
		return unclaimed(m, said)
	}
	version, ok := textOf(m.says.version)
	switch {
	case !ok:
		return "", badMeta(metaVersion + " must be a string.")
	case said == "" && m.id != nil:
		return "", mismatch(headerVersion + " is missing.")
	case said != "" && said != version:
		return "", mismatch(headerVersion + " differs from the revision in _meta.")
	case !slices.Contains(supported, version):
		return "", unknown(version)
	}
	return version, checkClaims(&m.says)
}

// unclaimed is the revision of a message that says none in _meta.
func unclaimed(m *message, said string) (string, *problem) {
	switch {
	case said == "":
		return unsaid, nil
	case said == modern && m.id == nil: // a notification says it in its header alone
		return modern, nil
	case said == modern:
		return "", badMeta("params._meta must have " + metaVersion + " and " + metaCapabilities + ".")
	case !slices.Contains(legacy, said):
		return "", unknown(said)
	default:
		return said, nil
	}
}

// checkClaims checks the rest of what a modern request says of its client.
func checkClaims(c *claims) *problem {
	switch {
	case !isObject(c.capabilities):
		return badMeta("params._meta must have " + metaCapabilities + ", an object.")
	case c.client != nil && !isObject(c.client):
		return badMeta(metaClient + " must be an object.")
	default:
		return nil
	}
}

func badMeta(message string) *problem {
	p := badParams(message)
	p.Status = http.StatusBadRequest
	return p
}

func unknown(version string) *problem {
	return &problem{
		Status: http.StatusBadRequest, Code: unsupportedVersion, Message: "Unsupported protocol version.",
		Data: map[string]any{"supported": supported, "requested": intake.Printable(version)},
	}
}

// single is the one value of a header, empty if there is none.
func single(values []string, name string) (string, *problem) {
	if len(values) > 1 {
		return "", mismatch(name + " must be there once.")
	}
	if len(values) == 0 {
		return "", nil
	}
	return strings.Trim(values[0], " \t"), nil
}

// checkHeaders compares what a modern request repeats in header fields with its
// body (2026-07-28, "Server Validation"); source is the member of params that
// Mcp-Name repeats, empty for none.
func checkHeaders(m *message, h http.Header, source string) *problem {
	said, p := single(h[headerMethod], headerMethod)
	switch {
	case p != nil:
		return p
	case said == "":
		return mismatch(headerMethod + " is missing.")
	case said != m.method:
		return mismatch(headerMethod + " differs from the method of the body.")
	}
	name, ok := textOf(m.params[source])
	if source == "" || !ok { // what is missing in the body is said by who reads it
		return nil
	}
	return compareHeader(h, headerName, name)
}

// compareHeader compares a header's value, which may be in the base64 form, with
// what the body says.
func compareHeader(h http.Header, name, body string) *problem {
	values := h.Values(name)
	said, p := single(values, name)
	if p != nil {
		return p
	}
	value, ok := decodeHeader(said)
	switch {
	case len(values) == 0:
		return mismatch(name + " is missing.")
	case !ok:
		return mismatch(name + " has characters that must be sent in the base64 form, or is not valid base64.")
	case value != body:
		return mismatch(name + " differs from the body.")
	}
	return nil
}

// decodeHeader undoes the form =?base64?…?= (2026-07-28, "Value Encoding").
func decodeHeader(value string) (string, bool) {
	inner, begins := strings.CutPrefix(value, "=?base64?")
	inner, ends := strings.CutSuffix(inner, "?=")
	if !begins || !ends {
		odd := func(c rune) bool { return c < ' ' && c != '\t' || c > '~' }
		return value, !strings.ContainsFunc(value, odd)
	}
	text, err := base64.StdEncoding.Strict().DecodeString(inner)
	return string(text), err == nil && utf8.Valid(text)
}

// meta is a member of the message's _meta.
func (m *message) meta(name string) (json.RawMessage, bool) {
	meta, _ := objectOf(m.params["_meta"])
	raw, ok := meta[name]
	return raw, ok
}
