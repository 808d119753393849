package dialects_test

import (
	"strings"
)

// Inputs and outputs that are larger than what is kept in a row.
var (
	largeInput  = "[" + strings.Repeat(`{"name":"élan","n":1.50},`, 4000) + "null]"
	largeOutput = strings.Repeat("a line of text\n", 100_000)
)

const unknownID = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"

func format(input string) work { return work{tool: "json-formatter", input: input, json: true} }
func minify(input string) work { return work{tool: "json-minify", input: input, json: true} }
func gate(input string) work   { return work{tool: "gate", input: input} }
func option(w work, name, value string) work {
	w.options = map[string]string{name: value}
	return w
}

// through is a story with no more than work and its end.
func through(w work) func(p *play) {
	return func(p *play) {
		p.submit(w)
		p.end()
		p.charged()
	}
}

// refusal is a story that ends at the door.
func refusal(w work) func(p *play) {
	return func(p *play) {
		p.submit(w)
		p.charged()
	}
}

// fetched and uploaded are the same work with its input elsewhere.
func fetched(w work, name string) func(p *play) {
	return func(p *play) {
		w := w
		w.source, w.input = "url", p.at(p.owner+"/"+name, w.input)
		through(w)(p)
	}
}

func uploaded(w work) func(p *play) {
	return func(p *play) {
		w := w
		w.source, w.input = "file", p.upload(p.t, p.key, "in.json", w.input)
		through(w)(p)
	}
}

func ended(output string) string { return "success " + of(output) + "; charged 1" }

// stories is the table.
func stories() []story {
	var all []story
	for _, some := range [][]story{goodStories(), badStories(), endpointStories(), slowStories(), ownerStories(), refusedStories(), repeatedStories(), goneStories()} {
		all = append(all, some...)
	}
	return all
}

func goodStories() []story {
	return []story{
		{"an object", "", ended("{\n \"a\": 1\n}"), through(format(`{"a":1}`))},
		{"an option", "", ended("{\n    \"a\": 1\n}"), through(option(format(`{"a":1}`), "x-tab-space", "4"))},
		{"a list", "", ended(`[1,2]`), through(minify(`[1, 2]`))},
		{"numbers as they are", "", ended(`[1.50,1e400,-0,12345678901234567890]`), through(minify(`[1.50, 1e400, -0, 12345678901234567890]`))},
		{"escapes as they are", "", ended(`"\u00e9é\/\ud83d\ude00<&>"`), through(minify(`"\u00e9é\/\ud83d\ude00<&>"`))},
		{"a validator", "", ended("[\n true\n]"), through(work{tool: "json-validator", input: `[true]`, json: true})},
		{"nothing", "", ended(`null`), through(minify(`null`))},
		{"deep", "", ended(strings.Repeat("[", 500) + strings.Repeat("]", 500)), through(minify(strings.Repeat("[ ", 500) + strings.Repeat("]", 500)))},
		{"a large input", "", ended(largeInput), through(minify(largeInput))},
		{"a large result", "", ended(largeOutput), through(gate("text " + largeOutput))},
		{"a result that is no file", "", ended(`{"a":[1,2.50]}`), through(gate(`{"a": [1, 2.50]}`))},
		{"a result that is no object", "", ended(`[1,"x"]`), through(gate(`[1, "x"]`))},
		{"an option of an endpoint", "", ended(`{"level":"2"}`), through(option(gate("level"), "x-level", "2"))},
		{"a text", "", ended("zwölf 🙂"), through(gate("text zwölf 🙂"))},
		{"from an address", "", ended(`[1,2]`), fetched(minify(`[1, 2]`), "in.json")},
		{"from an upload", "", ended(`[1,2]`), uploaded(minify(`[1, 2]`))},
		{"a large upload", "", ended(largeInput), uploaded(minify(largeInput))},
		{"twice in a member", "", ended(`{"a":1,"a":2}`), uploaded(minify(`{"a": 1, "a": 2}`))},
	}
}

// badStories are of inputs that are not JSON, which bodies in JSON cannot have: they
// are uploaded, or fetched.
func badStories() []story {
	return []story{
		{"an end too early", "", "failed INVALID_JSON 1:2; charged 1", uploaded(format(`{`))},
		{"a comma too many", "", "failed INVALID_JSON 2:5; charged 1", uploaded(format("[1,\n  2,]"))},
		{"not UTF-8", "", "failed INVALID_ENCODING 1:2; charged 1", uploaded(format("\"\xff\""))},
		{"a control character", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("\"a\x01\""))},
		{"two values", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("1 2"))},
		{"nothing but space", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("  "))},
		{"a bad input fetched", "", "failed INVALID_JSON 1:4; charged 1", fetched(format("nul"), "in.json")},
		{"an address with nothing", "", "failed URL_FETCH_FAILED; charged 1", func(p *play) {
			through(work{tool: "json-formatter", source: "url", input: p.work.URL + "/nothing/" + p.owner + ".json"})(p)
		}},
	}
}

func endpointStories() []story {
	return []story{
		{"refused by the endpoint", "", "failed BAD_AMOUNT; charged 1", through(gate(`refuse 422 {"code":"BAD_AMOUNT","message":"No."}`))},
		{"refused without a code", "", "failed UPSTREAM_ERROR; charged 1", through(gate(`refuse 400 no`))},
		{"refused by a code of ours", "", "failed UPSTREAM_ERROR; charged 1", through(gate(`refuse 409 {"code":"RATE_LIMITED","message":"No."}`))},
		{"not found by the endpoint", "", "failed NO_SUCH_THING; charged 1", through(gate(`refuse 404 {"code":"NO_SUCH_THING","message":"No."}`))},
		{"the endpoint fails", "", "failed UPSTREAM_ERROR; charged 1", through(work{tool: "down", input: `refuse 503 {}`})},
		{"the endpoint is cut off", "", "failed UPSTREAM_ERROR; charged 1", through(work{tool: "down", input: "cut"})},
		{"too slow", "", "failed TIMEOUT; charged 1", through(work{tool: "short", input: "sleep"})},
		{"too large a result", "thin", "failed OUTPUT_TOO_LARGE; charged 1", through(gate("text " + largeOutput))},
	}
}
