package dialects_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
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

func uploaded(w work, name string) func(p *play) {
	return func(p *play) {
		w := w
		w.source, w.input = "file", p.upload(p.t, p.key, name, w.input)
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
		{"from an upload", "", ended(`[1,2]`), uploaded(minify(`[1, 2]`), "in.json")},
		{"a large upload", "", ended(largeInput), uploaded(minify(largeInput), "in.json")},
		{"twice in a member", "", ended(`{"a":1,"a":2}`), uploaded(minify(`{"a": 1, "a": 2}`), "in.json")},
	}
}

// badStories are of inputs that are not JSON, which bodies in JSON cannot have: they
// are uploaded, or fetched.
func badStories() []story {
	return []story{
		{"an end too early", "", "failed INVALID_JSON 1:2; charged 1", uploaded(format(`{`), "in.json")},
		{"a comma too many", "", "failed INVALID_JSON 2:5; charged 1", uploaded(format("[1,\n  2,]"), "in.json")},
		{"not UTF-8", "", "failed INVALID_ENCODING 1:2; charged 1", uploaded(format("\"\xff\""), "in.json")},
		{"a control character", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("\"a\x01\""), "in.json")},
		{"two values", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("1 2"), "in.json")},
		{"nothing but space", "", "failed INVALID_JSON 1:3; charged 1", uploaded(format("  "), "in.json")},
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

func slowStories() []story {
	held := of(`{"held":true}`)
	return []story{
		{"step by step", "", "queued; processing; success " + held + "; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.resume()
			p.begun()
			p.runs()
			p.release()
			p.end()
			p.charged()
		}},
		{"asked for again and again", "", "success " + held + "; success " + held + "; charged 1", func(p *play) {
			p.submit(p.hold())
			p.release()
			p.last = p.until(p.last.id, "success", "failed")
			p.look()
			p.look()
			p.charged()
		}},
		{"ended while it waits", "", "queued; failed CANCELED; failed CANCELED; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.cancel()
			p.look()
			p.charged()
		}},
		{"ended while it runs", "", "processing; failed CANCELED; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.runs()
			p.cancel()
			p.charged()
		}},
		{"ended twice", "", "failed CANCELED; failed CANCELED; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.cancel()
			p.cancel()
			p.charged()
		}},
		{"ended after its end", "", "success " + held + "; success " + held + "; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.cancel()
			p.charged()
		}},
		{"ours to blame", "", "queued; failed INTERNAL_ERROR; charged 0", func(p *play) {
			p.pause()
			p.submit(work{tool: "json-minify", input: largeInput, json: true})
			p.waits()
			p.lose()
			p.resume()
			p.end()
			p.charged()
		}},
	}
}

// lose loses the input of the job, which a disk may.
func (p *play) lose() {
	p.t.Helper()
	found := 0
	for _, root := range p.files {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if strings.Contains(filepath.Base(path), p.last.id) {
				found++
				return os.Remove(path)
			}
			return ignoreGone(err)
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if found != 1 {
		p.t.Fatalf("there are %d inputs of job %s, want 1", found, p.last.id)
	}
}

// ignoreGone leaves out what other stories removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func ownerStories() []story {
	return []story{
		{"looked at by somebody else", "", "not to be seen; processing", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.as(p.stranger(), (*play).look)
			p.runs()
			p.release()
		}},
		{"ended by somebody else", "", "not to be seen; success " + of(`{"held":true}`) + "; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.as(p.stranger(), (*play).cancel)
			p.release()
			p.end()
			p.charged()
		}},
		{"by another key of the owner's", "", "success " + of(`{"held":true}`), func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.as(p.caller.house.key(auth.NewKey{Owner: p.owner, Plan: "open"}), (*play).end)
		}},
		{"somebody else's upload", "", "refused FILE_NOT_FOUND; charged 0", func(p *play) {
			refusal(work{tool: "json-minify", source: "file", input: p.upload(p.t, p.stranger(), "in.json", "[1]")})(p)
		}},
		{"a key that only reads", "", "refused FORBIDDEN SCOPE; charged 0", func(p *play) {
			p.as(p.caller.house.key(auth.NewKey{Owner: p.owner, Plan: "open", Scopes: []string{account.ScopeRead}}), func(q *play) {
				if a := q.s.submit(q.caller, work{tool: "json-minify", source: "content", input: "[1]", json: true}); a.state == "" && a.code == "FORBIDDEN" {
					q.say("refused FORBIDDEN SCOPE")
				}
			})
			p.charged()
		}},
		{"no key", "", "refused UNAUTHORIZED; charged 0", func(p *play) {
			p.as("no", func(q *play) { q.submit(minify("[1]")) })
			p.charged()
		}},
		{"a job that never was", "", "not to be seen; not to be seen", func(p *play) {
			p.last.id = unknownID
			p.look()
			p.cancel()
		}},
	}
}

func refusedStories() []story {
	return []story{
		{"no such tool", "", "refused NOT_FOUND; charged 0", refusal(work{tool: "nothing", input: "1"})},
		{"an option out of range", "", "refused INVALID_OPTION; charged 0", refusal(option(format("1"), "x-tab-space", "99"))},
		{"an endpoint's option out of range", "", "refused INVALID_OPTION; charged 0", refusal(option(gate("x"), "x-level", "7"))},
		{"an address that is none", "", "refused URL_NOT_ALLOWED; charged 0", refusal(work{tool: "json-minify", source: "url", input: "ftp://example.org/a.json"})},
		{"an address of the house", "", "refused URL_NOT_ALLOWED; charged 0", refusal(work{tool: "json-minify", source: "url", input: "http://10.0.0.1/a.json"})},
		{"an address of another kind", "", "refused UNSUPPORTED_EXTENSION; charged 0", refusal(work{tool: "json-minify", source: "url", input: "http://example.org/a.csv"})},
		{"no such upload", "", "refused FILE_NOT_FOUND; charged 0", refusal(work{tool: "json-minify", source: "file", input: "uploads/none/a.json"})},
		{"an upload of another kind", "", "refused UNSUPPORTED_EXTENSION; charged 0", func(p *play) {
			refusal(work{tool: "json-minify", source: "file", input: p.upload(p.t, p.key, "in.csv", "[1]")})(p)
		}},
		{"an empty input", "", "refused INVALID_REQUEST; charged 0", refusal(gate(""))},
		{"too large an input", "small", "refused PAYLOAD_TOO_LARGE; charged 0", refusal(gate("text " + strings.Repeat("x", 1000)))},
		{"the month is used up", "month", "success " + of("[1]") + "; refused QUOTA_EXCEEDED; charged 1", func(p *play) {
			p.submit(minify("[1]"))
			p.end()
			refusal(minify("[1]"))(p)
		}},
		{"too many in a minute", "minute", "success " + of("[1]") + "; refused RATE_LIMITED; charged 1", func(p *play) {
			p.submit(minify("[1]"))
			p.end()
			refusal(minify("[1]"))(p)
		}},
		{"too many wait", "line", "refused TOO_MANY_JOBS; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			refusal(gate("text x"))(p)
		}},
	}
}

func repeatedStories() []story {
	again := func(w work, key string) work { w.again = key; return w }
	return []story{
		{"the same while it waits", "", "the same; charged 1", func(p *play) {
			p.pause()
			first := p.submit(again(p.hold(), "k"))
			p.same(first, p.submit(again(p.hold(), "k")))
			p.charged()
		}},
		{"the same after its end", "", "success " + of("[1]") + "; the same; success " + of("[1]") + "; charged 1", func(p *play) {
			first := p.submit(again(minify("[1]"), "k"))
			p.end()
			second := p.submit(again(minify("[1]"), "k"))
			p.same(first, second)
			p.end()
			p.charged()
		}},
		{"another input", "", "refused IDEMPOTENCY_CONFLICT; charged 1", func(p *play) {
			p.submit(again(gate("text x"), "k"))
			p.submit(again(gate("text y"), "k"))
			p.charged()
		}},
		{"another option", "", "refused IDEMPOTENCY_CONFLICT; charged 1", func(p *play) {
			p.submit(again(format("[1]"), "k"))
			p.submit(again(option(format("[1]"), "x-tab-space", "3"), "k"))
			p.charged()
		}},
		{"another owner", "", "another; charged 1", func(p *play) {
			p.pause()
			first := p.submit(again(p.hold(), "k"))
			p.as(p.stranger(), func(q *play) { q.same(first, q.submit(again(gate("text x"), "k"))) })
			p.charged()
		}},
		{"at the same time", "", "the same; the same; the same; charged 1", func(p *play) {
			p.pause()
			all := make([]answer, 4)
			var calls sync.WaitGroup
			for i := range all {
				calls.Go(func() {
					all[i] = p.s.submit(p.caller, again(work{tool: "gate", source: "content", input: "text x"}, "k"))
				})
			}
			calls.Wait()
			for _, a := range all[1:] {
				p.same(all[0], a)
			}
			p.charged()
		}},
	}
}

func goneStories() []story {
	return []story{
		{"deleted after its end", "", "success " + of(`{"held":true}`) + "; not to be seen; not to be seen; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.ask(p.t, nil, p.key, "DELETE", "/jobs/"+p.last.id, "")
			p.look()
			p.cancel()
			p.charged()
		}},
		{"deleted while it waits", "", "queued; not to be seen; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.ask(p.t, nil, p.key, "DELETE", "/jobs/"+p.last.id, "")
			p.look()
			p.charged()
		}},
		{"expired", "brief", "success " + of(`{"held":true}`) + "; not to be seen; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.told(p.until(p.last.id, "gone"))
			p.charged()
		}},
		{"begun again", "", "success " + of(`{"held":true}`) + "; success " + of(`{"held":true}`) + "; charged 2", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			var again struct {
				JobID string `json:"job_id"`
			}
			p.ask(p.t, &again, p.key, "POST", "/jobs/"+p.last.id+"/retry", "")
			p.ends(answer{id: again.JobID})
			p.charged()
		}},
	}
}
