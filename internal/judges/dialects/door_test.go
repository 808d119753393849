package dialects_test

import (
	"strings"
	"sync"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

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
			p.as(p.newKey(auth.NewKey{Owner: p.owner, Plan: "open"}), (*play).end)
		}},
		{"somebody else's upload", "", "refused FILE_NOT_FOUND; charged 0", func(p *play) {
			refusal(work{tool: "json-minify", source: "file", input: p.upload(p.t, p.stranger(), "in.json", "[1]")})(p)
		}},
		{"a key that only reads", "", "refused FORBIDDEN SCOPE; charged 0", func(p *play) {
			p.as(p.newKey(auth.NewKey{Owner: p.owner, Plan: "open", Scopes: []string{account.ScopeRead}}), func(q *play) {
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
	again := func(w work) work { w.again = "k"; return w }
	return []story{
		{"the same while it waits", "", "the same; charged 1", func(p *play) {
			p.pause()
			first := p.submit(again(p.hold()))
			p.same(first, p.submit(again(p.hold())))
			p.charged()
		}},
		{"the same after its end", "", "success " + of("[1]") + "; the same; success " + of("[1]") + "; charged 1", func(p *play) {
			first := p.submit(again(minify("[1]")))
			p.end()
			second := p.submit(again(minify("[1]")))
			p.same(first, second)
			p.end()
			p.charged()
		}},
		{"another input", "", "refused IDEMPOTENCY_CONFLICT; charged 1", func(p *play) {
			p.submit(again(gate("text x")))
			p.submit(again(gate("text y")))
			p.charged()
		}},
		{"another option", "", "refused IDEMPOTENCY_CONFLICT; charged 1", func(p *play) {
			p.submit(again(format("[1]")))
			p.submit(again(option(format("[1]"), "x-tab-space", "3")))
			p.charged()
		}},
		{"another owner", "", "another; charged 1", func(p *play) {
			p.pause()
			first := p.submit(again(p.hold()))
			p.as(p.stranger(), func(q *play) { q.same(first, q.submit(again(gate("text x")))) })
			p.charged()
		}},
		{"at the same time", "", "the same; the same; the same; charged 1", func(p *play) {
			p.pause()
			all := make([]answer, 4)
			var calls sync.WaitGroup
			for i := range all {
				calls.Go(func() {
					all[i] = p.s.submit(p.caller, again(work{tool: "gate", source: "content", input: "text x"}))
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
