package mcp

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestMessagesAreRequestsOrNotifications(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		code int    // 0: it is taken
		id   string // that the answer has
	}{
		"a request":            {`{"jsonrpc":"2.0","id":1,"method":"ping"}`, 0, `1`},
		"an id that is text":   {`{"jsonrpc":"2.0","id":"","method":"ping","params":{}}`, 0, `""`},
		"a large id":           {`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, 0, `9007199254740993`},
		"a negative id":        {`{"jsonrpc":"2.0","id":-1,"method":"ping","more":1}`, 0, `-1`},
		"a notification":       {`{"jsonrpc":"2.0","method":"notifications/x"}`, 0, ``},
		"nothing":              {``, parseError, ``},
		"no JSON":              {`{"jsonrpc":"2.0","id":1,`, parseError, ``},
		"two values":           {`{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, parseError, ``},
		"no UTF-8":             {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", parseError, ``},
		"half a character":     {`{"jsonrpc":"2.0","id":1,"method":"\ud800"}`, parseError, ``},
		"a member twice":       {`{"jsonrpc":"2.0","id":1,"method":"ping","id":2}`, parseError, ``},
		"a member twice, deep": {`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[{"b":1,"b":1}]}}`, parseError, ``},
		"too deep":             {`{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_001), parseError, ``},
		"a byte order mark":    {"\ufeff" + `{"jsonrpc":"2.0","id":1,"method":"ping"}`, parseError, ``},
		"a batch":              {`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, invalidRequest, ``},
		"an empty batch":       {`[]`, invalidRequest, ``},
		"a number":             {`1`, invalidRequest, ``},
		"null":                 {`null`, invalidRequest, ``},
		"no object":            {`{}`, invalidRequest, ``},
		"no version":           {`{"id":1,"method":"ping"}`, invalidRequest, `1`},
		"another version":      {`{"jsonrpc":"1.0","id":1,"method":"ping"}`, invalidRequest, `1`},
		"id null":              {`{"jsonrpc":"2.0","id":null,"method":"ping"}`, invalidRequest, ``},
		"id a fraction":        {`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, invalidRequest, ``},
		"id a list":            {`{"jsonrpc":"2.0","id":[1],"method":"ping"}`, invalidRequest, ``},
		"id true":              {`{"jsonrpc":"2.0","id":true,"method":"ping"}`, invalidRequest, ``},
		"id too long":          {`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 2000) + `","method":"ping"}`, invalidRequest, ``},
		"id a long number":     {`{"jsonrpc":"2.0","id":` + strings.Repeat("9", 2000) + `,"method":"ping"}`, invalidRequest, ``},
		"no method":            {`{"jsonrpc":"2.0","id":1}`, invalidRequest, `1`},
		"an answer":            {`{"jsonrpc":"2.0","id":1,"result":{}}`, invalidRequest, `1`},
		"method a number":      {`{"jsonrpc":"2.0","id":1,"method":1}`, invalidRequest, `1`},
		"params a list":        {`{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`, invalidRequest, `1`},
		"params null":          {`{"jsonrpc":"2.0","id":1,"method":"ping","params":null}`, invalidRequest, `1`},
	} {
		m, p := parse([]byte(c.body))
		code := 0
		if p != nil {
			if code = p.Code; p.Status != http.StatusBadRequest || p.Message == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if code != c.code || string(m.id) != c.id {
			t.Errorf("%s: %d, id %s; want %d, id %s", name, code, m.id, c.code, c.id)
		}
	}
}

func TestMessagesSayThatTheyAreJSON(t *testing.T) {
	for sent, want := range map[string]bool{
		"": true, "application/json": true, "Application/JSON; charset=utf-8": true,
		"text/plain": false, "application/x-www-form-urlencoded": false, "multipart/form-data; boundary=x": false, ";": false, "application/json-rpc": false,
	} {
		if err := checkType(http.Header{"Content-Type": {sent}}); (err == nil) != want {
			t.Errorf("%q: %v", sent, err)
		}
	}
}

// FuzzMessage: whatever bytes come, there is a message or a refusal, and what is
// repeated of a message is JSON.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{},"_meta":{}}}`), "2026-07-28", "tools/call", "a")
	f.Add([]byte(`{"jsonrpc":"2.0","id":"x","method":"initialize","params":{"protocolVersion":"2025-11-25"}}`), "", "", "=?base64?YQ==?=")
	f.Add([]byte(`[]`), "x", "\x00", "=?base64?")
	f.Fuzz(func(t *testing.T, body []byte, version, method, name string) {
		m, p := parse(body)
		if m.id != nil && !json.Valid(m.id) {
			t.Errorf("the id of %q is %q", body, m.id)
		}
		if p == nil {
			h := http.Header{"Mcp-Protocol-Version": {version}, "Mcp-Method": {method}, "Mcp-Name": {name}}
			revision, refused := revisionOf(&m, h)
			if p = refused; refused == nil {
				if revision == modern && m.id != nil && version != modern {
					t.Errorf("%q is modern, with the header %q", body, version)
				}
				p = checkHeaders(&m, h, "name")
			}
		}
		if p != nil && !json.Valid(p.wire(m.id)) {
			t.Errorf("%q is answered %q", body, p.wire(m.id))
		}
	})
}
