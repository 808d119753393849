package relay

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
)

// negotiated is the revision that the older era's initialize has settled.
type negotiated struct{ atomic.Pointer[string] }

// headers are those of a message. The stateless era's say what the body says
// (revision 2026-07-28, basic/transports/streamable-http); the older era's name
// the revision that was settled, if one was.
func (r *relay) headers(m *message) http.Header {
	h := http.Header{
		"Accept":       {"application/json, text/event-stream"},
		"Content-Type": {"application/json"},
		"User-Agent":   {"claimcheck-mcp"},
		"X-Api-Key":    {r.Key},
	}
	version := m.modern()
	if version == "" {
		if settled := r.version.Load(); settled != nil && m.method != methodInitialize {
			h.Set("Mcp-Protocol-Version", *settled)
		}
		return h
	}
	h.Set("Mcp-Protocol-Version", fieldValue(version))
	h.Set("Mcp-Method", fieldValue(m.method))
	if name, ok := m.name(); ok {
		h.Set("Mcp-Name", fieldValue(name))
	}
	if m.method == methodCall {
		r.params.set(h, m)
	}
	return h
}

// Around the base64 of what cannot stand in a header as it is.
const sentinelBegin, sentinelEnd = "=?base64?", "?="

// fieldValue writes a text as a header's value: as it is where that is visible
// ASCII with blanks between, else as base64 in a form that says so.
func fieldValue(text string) string {
	encoded := strings.HasPrefix(text, sentinelBegin) && strings.HasSuffix(text, sentinelEnd)
	plain := text != "" && text == strings.TrimSpace(text) && !encoded
	for i := 0; plain && i < len(text); i++ {
		plain = text[i] == '\t' || text[i] >= ' ' && text[i] <= '~'
	}
	if plain {
		return text
	}
	return sentinelBegin + base64.StdEncoding.EncodeToString([]byte(text)) + sentinelEnd
}
