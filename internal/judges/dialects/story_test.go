package dialects_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/auth"
	"claimcheck/internal/pgproc"
)

func TestMain(m *testing.M) { pgproc.Main(m) }

// speakers is the one list of dialects.
var speakers = map[string]speaker{
	"plain":  plain{},
	"azure":  azure{},
	"google": google{},

	"mcp 2026-07-28":               mcp{revision: modern, tasks: true},
	"mcp 2026-07-28 without tasks": mcp{revision: modern},
	"mcp 2025-11-25":               mcp{revision: legacy, tasks: true},
	"mcp 2025-11-25 without tasks": mcp{revision: legacy},
}

// stores are the flags of houses on each, and of houses that clients find below a
// path, behind a proxy that takes it away or not.
var stores = map[string]func(t *testing.T) []string{
	"sqlite": func(*testing.T) []string { return nil },
	"postgres": func(t *testing.T) []string {
		t.Helper()
		return []string{"--store=" + pgproc.Database(t), "--blobs=file://" + t.TempDir()}
	},
	"sqlite below a path":           func(t *testing.T) []string { t.Helper(); return below(t, false) },
	"sqlite below a path, stripped": func(t *testing.T) []string { t.Helper(); return below(t, true) },
}

// TestAJobHasOneStoryInEveryDialect plays each story of the table in each dialect on
// each store.
func TestAJobHasOneStoryInEveryDialect(t *testing.T) {
	for store, flags := range stores {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			h := open(t, flags(t)...)
			for dialect, s := range speakers {
				t.Run(dialect, func(t *testing.T) {
					for _, st := range stories() {
						t.Run(st.name, func(t *testing.T) {
							t.Parallel()
							p := begin(t, h, s, st)
							st.play(p)
							want := st.want
							if other, ok := s.(interface{ words() *strings.Replacer }); ok {
								want = other.words().Replace(want)
							}
							if got := strings.Join(p.lines, "; "); got != want {
								t.Errorf("the story is\n%s, and should be\n%s", got, want)
							}
						})
					}
				})
			}
		})
	}
}

func TestThereAreSixtyStories(t *testing.T) {
	names := map[string]bool{}
	for _, st := range stories() {
		names[st.name] = true
	}
	if len(names) < 60 || len(names) != len(stories()) {
		t.Errorf("%d stories have %d names", len(stories()), len(names))
	}
}

// A story is a row of the table.
type story struct {
	name string
	plan string // of its owner; empty: open
	want string // its lines
	play func(p *play)
}

// A play is a story while it is told. Each has an owner of its own.
type play struct {
	caller
	s     speaker
	owner string
	last  answer
	lines []string
}

func begin(t *testing.T, h *house, s speaker, st story) *play {
	t.Helper()
	sum := sha256.Sum256([]byte(t.Name()))
	p := &play{s: s, owner: "o-" + hex.EncodeToString(sum[:8])}
	if st.plan == "" {
		st.plan = "open"
	}
	p.caller = caller{h, t, h.newKey(auth.NewKey{Owner: p.owner, Plan: st.plan})}
	return p
}

func (p *play) say(words ...string) { p.lines = append(p.lines, strings.Join(words, " ")) }

// told says what an answer says.
func (p *play) told(a answer) {
	p.t.Helper()
	switch a.state {
	case "":
		switch a.code {
		case "FORBIDDEN", "JOB_NOT_FOUND": // another owner's; in most dialects one word for both
			p.say("not to be seen")
		default:
			p.say("refused", a.code)
		}
	case "success":
		p.say("success", p.digest(a.result))
	case "failed":
		p.say(strings.TrimSpace("failed " + a.code + " " + a.line))
	default:
		p.say(a.state)
	}
}

// submit hands work in; one that is not refused is not told yet.
func (p *play) submit(w work) answer {
	p.t.Helper()
	if w.source == "" {
		w.source = "content"
	}
	p.last = p.s.submit(p.caller, w)
	if p.last.state == "" {
		p.told(p.last)
	}
	return p.last
}

// end waits for the end of what was handed in, and tells of it.
func (p *play) end() {
	p.t.Helper()
	p.ends(p.last)
}

func (p *play) ends(a answer) {
	p.t.Helper()
	if a.state != "success" && a.state != "failed" {
		a = p.until(a.id, "success", "failed")
	}
	p.told(a)
}

// until waits for a job to be in one of some states.
func (p *play) until(id string, states ...string) answer {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		a := p.s.look(p.caller, id)
		if a.state == "" || slices.Contains(states, a.state) {
			return a
		}
	}
	p.t.Fatalf("job %s is never one of %v; the log:\n%s", id, states, p.log)
	return answer{}
}

// look tells how the job is now.
func (p *play) look() {
	p.t.Helper()
	p.told(p.s.look(p.caller, p.last.id))
}

// waits tells that the job waits, and runs tells that it runs.
func (p *play) waits() { p.t.Helper(); p.told(p.until(p.last.id, "queued")) }
func (p *play) runs()  { p.t.Helper(); p.told(p.until(p.last.id, "processing")) }

// cancel asks for the job's end and, if it was let, waits for it.
func (p *play) cancel() {
	p.t.Helper()
	if a := p.s.cancel(p.caller, p.last.id); a.state == "" {
		p.told(a)
		return
	}
	p.ends(answer{id: p.last.id, state: "asked"})
}

// as has another owner do something with the job.
func (p *play) as(key string, do func(q *play)) {
	p.t.Helper()
	q := *p
	q.key, q.lines = key, nil
	do(&q)
	p.lines = append(p.lines, q.lines...)
}

// stranger is a key of another owner.
func (p *play) stranger() string {
	return p.newKey(auth.NewKey{Owner: p.owner + "-b", Plan: "open"})
}

// same tells whether an answer is about the same work as the one before.
func (p *play) same(before, now answer) {
	p.t.Helper()
	if before.id == now.id && now.id != "" || requestOf(before) == requestOf(now) && requestOf(now) != "" {
		p.say("the same")
		return
	}
	p.say("another")
}

// requestOf is the request that a result says it is of.
func requestOf(a answer) string {
	var r api.Result
	_ = json.Unmarshal(a.result, &r) // then it is of none
	return r.RequestID
}

// charged tells what the owner has used of the month.
func (p *play) charged() {
	p.t.Helper()
	var u api.Usage
	p.ask(p.t, &u, p.key, "GET", "/usage", "")
	p.say("charged", strconv.FormatInt(u.Jobs.Used, 10))
}

// told in digests: of the file that a result names, else of its JSON.
func (p *play) digest(result json.RawMessage) string {
	p.t.Helper()
	var r api.Result
	if json.Unmarshal(result, &r) != nil || r.File == "" {
		var b bytes.Buffer
		if err := json.Compact(&b, result); err != nil {
			p.t.Errorf("%v in %s", err, result)
		}
		return of(b.String())
	}
	res, err := http.Get(r.File)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s, %v", r.File, res.Status, err)
	}
	return of(string(b))
}

// of is the digest of an output.
func of(output string) string {
	sum := sha256.Sum256([]byte(output))
	return hex.EncodeToString(sum[:6])
}

// pause has an operator stop the owner's jobs from beginning, or let them.
func (p *play) pause()  { p.ask(p.t, nil, p.admin, "POST", "/admin/owners/"+p.owner+"/pause", "") }
func (p *play) resume() { p.ask(p.t, nil, p.admin, "POST", "/admin/owners/"+p.owner+"/resume", "") }

// release lets held work go on.
func (p *play) release() { close(p.holding(p.t.Name()).over) }

// hold is work that runs until release.
func (p *play) hold() work { return work{tool: "gate", input: "hold " + p.t.Name()} }

// begun waits until held work runs.
func (p *play) begun() {
	p.t.Helper()
	select {
	case <-p.holding(p.t.Name()).begun:
	case <-time.After(patience):
		p.t.Fatalf("the work never begins; the log:\n%s", p.log)
	}
}
