package mcp

import (
	"encoding/json"
	"testing"
)

// TestAMessageMayBeWrittenInManyWays: with names escaped, in another order, with
// space, and with what nobody knows.
func TestAMessageMayBeWrittenInManyWays(t *testing.T) {
	for name, body := range map[string]string{
		"compact": `{"jsonrpc":"2.0","id":7,"method":"tasks/get","params":{"taskId":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}`,
		"escaped": `{"\u006asonrpc":"2\u002e0","\u0069d":7,"meth\u006fd":"tasks\/get","p\u0061rams":{"t\u0061skId":"\u0078","\u005fmeta":{"io.modelcontextprotocol\/protocolVersion":"2026\u002d07-28","io.modelcontextprotocol\/clientCapabilities":{"extension\u0073":{"io.modelcontextprotocol\/tasks":{}}}}}}`,
		"spaced": ` {"params" : { "_meta" : { "x" : [ { } ] , "io.modelcontextprotocol/clientCapabilities" : { "roots":{}, "extensions" : {"y":1, "io.modelcontextprotocol/tasks" : { } } } ,
			"io.modelcontextprotocol/protocolVersion" : "2026-07-28" } , "taskId" : "x" } , "more":{"params":{"taskId":"y"}}, "method" : "tasks/get" , "id" : 7 , "jsonrpc" : "2.0" } ` + "\n",
	} {
		m, p := parse([]byte(body))
		if p != nil {
			t.Errorf("%s: %+v", name, p)
			continue
		}
		task, _ := m.member("taskId")
		version, _ := textOf(m.says.version)
		if string(m.id) != "7" || m.method != "tasks/get" || task != "x" || version != modern || !m.says.tasks || !isObject(m.says.capabilities) || !json.Valid(m.params["_meta"]) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// TestTasksAreKnownByAnObject: nothing else in that place says so, and nothing like
// it in another.
func TestTasksAreKnownByAnObject(t *testing.T) {
	for capabilities, want := range map[string]bool{
		`{"extensions":{"io.modelcontextprotocol/tasks":{}}}`:      true,
		`{"extensions":{"io.modelcontextprotocol/tasks":{"a":1}}}`: true,
		`{"extensions":{"io.modelcontextprotocol/tasks":null}}`:    false,
		`{"extensions":{"io.modelcontextprotocol/tasks":true}}`:    false,
		`{"extensions":["io.modelcontextprotocol/tasks"]}`:         false,
		`{"extensions":null}`:                                                           false,
		`{"io.modelcontextprotocol/tasks":{}}`:                                          false,
		`{"extensions":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}`:            false,
		`[{"extensions":{"io.modelcontextprotocol/tasks":{}}}]`:                         false,
		`{"Extensions":{"io.modelcontextprotocol/tasks":{}}}`:                           false,
		`{"_meta":{},"params":{"extensions":{}},"io.modelcontextprotocol/tasks":{}}`:    false,
		`{"extensions":{"x":{"io.modelcontextprotocol/tasks":{}},"IO.x/tasks":[{},1]}}`: false,
	} {
		m, p := parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":` + capabilities + `}}}`))
		if p != nil || m.says.tasks != want || string(m.says.capabilities) != capabilities {
			t.Errorf("%s: %t, %+v", capabilities, m.says.tasks, p)
		}
	}
}

// TestParsingAllocatesLittle: agents ask for a task again and again.
func TestParsingAllocatesLittle(t *testing.T) {
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"01983f3e-0000-7000-8000-000000000000","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}}}`)
	const most = 24 // with the race detector, which keeps fewer readers
	if n := testing.AllocsPerRun(1000, func() {
		if _, p := parse(body); p != nil {
			t.Fatal(p)
		}
	}); n > most {
		t.Errorf("%.1f times, at most %d", n, most)
	}
}
