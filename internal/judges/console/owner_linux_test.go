package console_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"claimcheck/internal/serverproc"
)

// TestANewUsersWay: sign in, submit, fail, mend, download; then the list, and
// what is left of the job when it is deleted.
func TestANewUsersWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	walk[any](t, h.way("newcomer.mjs", nil, nil))
}

// TestVisitorsBelowAPath: the same, and a restart, where a proxy has the server below a path.
func TestVisitorsBelowAPath(t *testing.T) {
	t.Parallel()
	for name, strips := range map[string]bool{"taken away": true, "left": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := houseBelow(t, strips)
			walk[any](t, h.way("newcomer.mjs", nil, nil))
			walk[any](t, h.way("restart.mjs", map[string]any{"tool": slowTool}, map[string]func(*testing.T) any{
				"restart": h.restart, "kill": func(t *testing.T) any { t.Helper(); h.Kill(); return nil },
				"start": func(t *testing.T) any { t.Helper(); h.start(t, h.Data); return nil },
				"take":  h.take, "finish": h.work("finish", `{"result":{"done":true}}`),
			}))
		})
	}
}

// TestALostConnection: the line is cut while a job runs, and again while one is
// handed in; nothing is lost and nothing is done twice.
func TestALostConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	walk[any](t, h.way("lost.mjs", map[string]any{"tool": slowTool}, map[string]func(*testing.T) any{
		"cut": h.line.cut, "mend": h.line.mend, "take": h.take, "half": h.work("heartbeat", `{"progress":50}`), "finish": h.work("finish", `{"result":{"done":true}}`),
	}))
}

// TestAServerRestartedUnderThePage: what is shown stays, and goes on.
func TestAServerRestartedUnderThePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	walk[any](t, h.way("restart.mjs", map[string]any{"tool": slowTool}, map[string]func(*testing.T) any{
		"restart": h.restart, "kill": func(t *testing.T) any { t.Helper(); h.Kill(); return nil },
		"start": func(t *testing.T) any { t.Helper(); h.start(t, h.Data); return nil },
		"take":  h.take, "finish": h.work("finish", `{"result":{"done":true}}`),
	}))
}

// TestEventsThatDoNotComeThrough: a proxy cuts event streams, and the page polls.
func TestEventsThatDoNotComeThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.line.badAtStreams()
	walk[any](t, h.way("polls.mjs", map[string]any{"tool": slowTool}, map[string]func(*testing.T) any{
		"take": h.take, "half": h.work("heartbeat", `{"progress":50}`), "finish": h.work("finish", `{"result":{"done":true}}`),
	}))
}

// TestAKeyThatEnds: the key is revoked while a form is filled in and a job is
// watched; with another key of the owner's the page goes on.
func TestAKeyThatEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.Key("ann")
	walk[any](t, h.way("ended.mjs", map[string]any{"tool": slowTool, "other": other}, map[string]func(*testing.T) any{
		"take": h.take, "finish": h.work("finish", `{"result":{"done":true}}`), "revoke": func(t *testing.T) any { t.Helper(); return h.revoke(t, "first") },
	}))
}

// TestTwoTabs: each has its own session; what is done in one is seen in the other.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	walk[any](t, h.way("tabs.mjs", map[string]any{"tool": slowTool, "bob": h.Key("bob")}, map[string]func(*testing.T) any{
		"take": h.take, "finish": h.work("finish", `{"result":{"done":true}}`),
	}))
}

// TestOnAPhoneAndByKeyboard: 360 points wide nothing must be scrolled sideways,
// and no way needs a pointer.
func TestOnAPhoneAndByKeyboard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	walk[any](t, h.way("phone.mjs", nil, nil))
	walk[any](t, h.way("keyboard.mjs", nil, nil))
}

// hostileTexts are texts that would run, become markup, or hide something if they were
// not shown as what they are.
var hostileTexts = []string{
	`<img src=x onerror="alert('image')">`, `<script>alert('script')</script>`, `"><svg onload=alert('svg')>`, `javascript:alert('link')`, `{{constructor.constructor('alert(1)')()}}`, `${alert('template')}`,
	"user\u202egnp.exe", "zero\u200bwidth\u2066iso\u2069", "bell\u0007 escape\u001b[31mred", "tag\U000e0041", `</pre></bdi><h1>Heading</h1>`, `&lt;b&gt; &amp; <b>bold</b>`, `' OR 1=1 --`, `\u003cscript\u003e`,
}

// TestHostileTexts: names and values of metadata, error codes and messages,
// details, previews, results, file names and logs are shown as text.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text := strings.Join(hostileTexts, "\n")
	said := map[string]any{"texts": hostileTexts}
	said["preview"] = h.submit(t, "test-sleep", "0s "+text)
	metadata := map[string]string{}
	for i, s := range hostileTexts {
		metadata[fmt.Sprintf("%d %s", i, s)] = s
	}
	said["metadata"] = h.submit(t, "json-minify", `"x"`, "x-group", "nightly.2026", "x-metadata", asHeader(t, metadata))
	said["refused"] = h.submit(t, "test-fail", text) // the message has the input's text
	said["failed"] = h.submit(t, slowTool, "x")
	h.take(t)
	h.work("fail", asJSON(t, map[string]any{"code": "BAD_INPUT", "message": text, "details": map[string]any{"reason": text, text: text, "line": 1, "column": 3}}))(t)
	said["result"] = h.submit(t, slowTool, "y")
	h.take(t)
	h.work("finish", asJSON(t, map[string]any{"result": map[string]any{"file": "javascript:alert('file')", "preview": text, text: text}}))(t)
	walk[any](t, h.way("hostile.mjs", said, nil))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// asHeader is JSON that a header field can have: all that is not ASCII escaped.
func asHeader(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	for _, r := range asJSON(t, v) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// TestAllWaysForAnInput: pasted is what the others do; dropped, uploaded, fetched.
func TestAllWaysForAnInput(t *testing.T) {
	t.Parallel()
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there.json" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"fetched": true}`)
	}))
	t.Cleanup(remote.Close)
	at, err := url.Parse(remote.URL)
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--fetch-allow-networks=127.0.0.0/8", "--fetch-allow-ports=" + at.Port()}
	for name, open := range map[string]func(t *testing.T) *house{
		"at its address": func(t *testing.T) *house { t.Helper(); return openHouse(t, serverproc.Folder(t), flags...) },
		"below a path":   func(t *testing.T) *house { t.Helper(); return houseBelow(t, true, flags...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			walk[any](t, h.way("inputs.mjs", map[string]any{
				"elements": 200_000, "remote": remote.URL + "/there.json", "missing": remote.URL + "/not-there.json", "guest": h.Key("ann", "--scopes=read"),
			}, nil))
		})
	}
}
