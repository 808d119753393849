package relay_test

import (
	"fmt"
	"net/http"
	"testing"
)

// version is the words of the stateless era in each message.
const version = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`

func TestHeadersOfTheStatelessEraSayWhatTheBodySays(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) { done(t, w, m.ID, `{"tools":[]}`) })
	for _, c := range []struct{ method, params, name string }{
		{"server/discover", ``, ""},
		{"tools/list", `"name":"x",`, ""},
		{"tools/call", `"name":"json_formatter",`, "json_formatter"},
		{"tools/call", `"name":" a ",`, "=?base64?IGEg?="},
		{"tools/call", `"name":"",`, "=?base64??="},
		{"tools/call", `"name":"\u00fc\n",`, "=?base64?w7wK?="},
		{"tools/call", `"name":"=?base64?YQ==?=",`, "=?base64?PT9iYXNlNjQ/WVE9PT89?="},
		{"tools/call", `"name":7,`, ""},
		{"tools/call", `"Name":"a",`, ""},
		{"tasks/get", `"taskId":"t-1","name":"n",`, "t-1"},
		{"tasks/cancel", `"taskId":"t-1",`, "t-1"},
		{"resources/read", `"uri":"a://b",`, "a://b"},
		{"prompts/get", `"name":"p",`, "p"},
	} {
		d := open(t, s.URL)
		d.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s%s}}`, c.method, c.params, version))
		d.hear()
		d.end()
		all := s.requests()
		h := all[len(all)-1].Header
		if h.Get("Mcp-Protocol-Version") != "2026-07-28" || h.Get("Mcp-Method") != c.method || h.Get("Mcp-Name") != c.name {
			t.Errorf("%s %s: got %v", c.method, c.params, h)
		}
		if _, there := h["Mcp-Name"]; there != (c.name != "") {
			t.Errorf("%s %s: Mcp-Name is there %v", c.method, c.params, there)
		}
	}
}

func TestTheOlderEraNamesTheRevisionThatWasSettled(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		done(t, w, m.ID, `{"protocolVersion":"2025-06-18"}`)
	})
	d := open(t, s.URL)
	for range 2 {
		d.say(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`)
		d.hear()
		d.say(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}`)
		d.hear()
	}
	d.end()
	for i, r := range s.requests() {
		want := []string{"", "2025-06-18"}[i%2]
		if r.Header.Get("Mcp-Protocol-Version") != want || r.Header.Get("Mcp-Method") != "" || r.Header.Get("Mcp-Name") != "" {
			t.Errorf("request %d: got %v, want revision %q", i, r.Header, want)
		}
	}
}

// toolList is a list of one tool, some of whose arguments are marked.
func toolList(header string) string {
	return fmt.Sprintf(`{"tools":[{"name":"x","inputSchema":{"x-mcp-header":"No","properties":{
		"region":{"type":"string","x-mcp-header":%q},
		"deep":{"properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
		"on":{"type":"boolean","x-mcp-header":"On"},"bad":{"type":"string","x-mcp-header":"a b"},"plain":{"type":"string"},
		"list":{"items":{"x-mcp-header":"Item"}}}}}]}`, header)
}

func TestMarkedArgumentsStandInHeaders(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		switch {
		case m.Method != "tools/list":
			done(t, w, m.ID, `{}`)
		case m.Params.Cursor == "":
			done(t, w, m.ID, `{"tools":[{"name":"y"}],"nextCursor":"2"}`)
		default:
			done(t, w, m.ID, toolList("Region"))
		}
	})
	d := open(t, s.URL)
	for _, arguments := range []string{`{"region":" é","deep":{"n":1.0e1},"on":true,"bad":"b","plain":"p","list":["i"]}`, `{"region":null,"deep":7,"on":"on"}`, `{"deep":{"n":9007199254740993}}`, `[]`} {
		d.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":%s,%s}}`, arguments, version))
		d.hear()
	}
	d.say(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"unknown",` + version + `}}`)
	d.hear()
	d.end()
	all := s.requests()
	if len(all) != 7 {
		t.Fatalf("got %d requests, want two pages of the list, once, and the calls", len(all))
	}
	for i, want := range []map[string]string{
		{"Mcp-Param-Region": "=?base64?IMOp?=", "Mcp-Param-N": "10", "Mcp-Param-On": "true"},
		{"Mcp-Param-On": "on"},
		{"Mcp-Param-N": "9007199254740993"},
		{},
		{},
	} {
		got := map[string]string{}
		for name, values := range all[i+2].Header {
			if len(name) > 10 && name[:10] == "Mcp-Param-" {
				got[name] = values[0]
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("call %d: got %v, want %v", i, got, want)
		}
	}
}

func TestAToolThatHasChangedIsLookedAtAgain(t *testing.T) {
	header, lists := "Old", 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request, m asked) {
		switch {
		case m.Method == "tools/list":
			lists++
			done(t, w, m.ID, toolList(header))
		case r.Header.Get("Mcp-Param-"+header) == "":
			w.WriteHeader(http.StatusBadRequest)
			write(t, w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32020,"message":"a header is missing"}}`, m.ID)
		default:
			done(t, w, m.ID, `{}`)
		}
	})
	d := open(t, s.URL)
	call := func(arguments string) {
		d.say(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":` + arguments + `,` + version + `}}`)
	}
	d.say(`{"jsonrpc":"2.0","id":0,"method":"tools/list","params":{` + version + `}}`)
	d.hear()
	call(`{"region":"a"}`)
	d.wants(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	header = "New"
	call(`{"region":"a"}`)
	d.wants(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	call(`{}`) // looked at again in vain
	d.wants(`{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"a header is missing"}}`)
	d.end()
	if lists != 3 || len(s.requests()) != 7 {
		t.Errorf("got %d lists, %d requests", lists, len(s.requests()))
	}
}
