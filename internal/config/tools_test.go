package config_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/meter"
)

func TestToolsOfTheFile(t *testing.T) {
	cfg, err := load("", "THUMB_TOKEN=hush", `
tools:
  - name: thumbnail
    target: http://127.0.0.1:9000/thumb?a=b
    extensions: [png, jpg]
    headers: [X-Width]
    secret_headers: {Authorization: env:THUMB_TOKEN}
    timeout: 60s
    max_attempts: 4
    max_running: 8
    summary: Makes a small picture.
  - name: transcribe
    mode: pull
    extensions: [wav, mp3]
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Tools) != 2 {
		t.Fatalf("%d tools, want 2", len(cfg.Tools))
	}
	a, b := cfg.Tools[0], cfg.Tools[1]
	if a.Name != "thumbnail" || a.Target.String() != "http://127.0.0.1:9000/thumb?a=b" || a.Mode != config.ModeBody || a.Timeout != time.Minute ||
		a.MaxAttempts != 4 || a.MaxRunning != 8 || len(a.Headers) != 1 || a.Headers[0].Name != "x-width" || a.Headers[0].Kind != config.KindText || !slices.Equal(a.Extensions, []string{"png", "jpg"}) {
		t.Errorf("got %+v", a)
	}
	if a.SecretHeaders["authorization"].Reveal() != "hush" {
		t.Errorf("the secret is %q", a.SecretHeaders["authorization"].Reveal())
	}
	if b.Name != "transcribe" || b.Mode != config.ModePull || b.Target != nil || b.Timeout != 0 {
		t.Errorf("got %+v", b)
	}
}

func TestLimitsOfATool(t *testing.T) {
	cfg, err := load("", "", `
tools:
  - {name: plain, mode: pull, max_running: 3}
  - {name: paced, mode: pull, max_running: 3, max_per: 300/m}
  - {name: whole, mode: pull, max_running: 2, max_per: 10/s, burst: 20, by: metadata.customer, concurrency_by: metadata.document}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []*meter.Limits{
		nil,
		{Rate: meter.Rate{Count: 300, Per: time.Minute, Burst: 1}},
		{Rate: meter.Rate{Count: 10, Per: time.Second, Burst: 20}, By: "metadata.customer", Most: 2, SlotsBy: "metadata.document"},
	}
	for i, tool := range cfg.Tools {
		if diff := cmp.Diff(want[i], tool.Limits()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tool.Name, diff)
		}
	}
}

func TestWhatCallersAreToldOfATool(t *testing.T) {
	cfg, err := load("", "", `
tools:
  - name: thumbnail
    target: http://127.0.0.1:9000/thumb
    content_types: [image/png, image/svg+xml]
    headers:
      - X-Plain
      - {name: X-Width, summary: "Pixels, of the longer side.", kind: integer, min: 1, max: 4096, default: 0080}
      - {name: x-any, kind: integer}
      - {name: x-crop, kind: boolean, default: false}
      - {name: x-format, kind: choice, choices: [png, webp, "two words"], default: webp}
      - {name: x-note, default: "a b"}
`)
	if err != nil {
		t.Fatal(err)
	}
	got := cfg.Tools[0]
	want := []config.Header{
		{Name: "x-plain", Kind: config.KindText},
		{Name: "x-width", Summary: "Pixels, of the longer side.", Kind: config.KindInteger, Min: 1, Max: 4096, Default: "80"},
		{Name: "x-any", Kind: config.KindInteger, Max: 999_999},
		{Name: "x-crop", Kind: config.KindBoolean, Default: "false"},
		{Name: "x-format", Kind: config.KindChoice, Choices: []string{"png", "webp", "two words"}, Default: "webp"},
		{Name: "x-note", Kind: config.KindText, Default: "a b"},
	}
	if diff := cmp.Diff(want, got.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if !slices.Equal(got.ContentTypes, []string{"image/png", "image/svg+xml"}) {
		t.Errorf("content types %v", got.ContentTypes)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	cfg, err := load("", "T=hush", "tools: [{name: x, target: 'http://a', secret_headers: {authorization: env:T}}]")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "tools", cfg.Tools, "secret", cfg.Tools[0].SecretHeaders["authorization"])
	for _, text := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg.Tools), log.String()} {
		if strings.Contains(text, "hush") {
			t.Errorf("the secret is shown: %s", text)
		}
	}
}

func TestWrongToolsAreRefused(t *testing.T) {
	const ok = "name: x, target: 'http://a'"
	for _, c := range []struct{ tool, names string }{
		{"target: 'http://a'", "needs a name"},
		{"name: X, target: 'http://a'", "name"},
		{"name: x", "needs a target"},
		{"name: x, target: 'http://a', mode: pull", "must have no target"},
		{"name: x, target: 'http://a', mode: push", "mode"},
		{"name: x, mode: pull, secret_headers: {a: env:T}", "secret_headers"},
		{"name: x, target: a/b", "target"},
		{"name: x, target: 'ftp://a'", "target"},
		{"name: x, target: 'http://user:hunter2@a'", "target"},
		{"name: x, target: 'http://a/#b'", "target"},
		{"name: x, target: ['http://a']", "single value"},
		{ok + ", extensions: png", "a list"},
		{ok + ", extensions: [.png]", "extension"},
		{ok + ", extensions: [png, png]", "twice"},
		{ok + ", headers: [authorization]", "never passed on"},
		{ok + ", headers: [X-Api-Key]", "never passed on"},
		{ok + ", headers: [Host]", "never passed on"},
		{ok + ", headers: [proxy-authorization]", "never passed on"},
		{ok + ", headers: ['a b']", "name of a header"},
		{ok + ", headers: [x-a], secret_headers: {x-a: env:T}", "in headers and in secret_headers"},
		{ok + ", secret_headers: {x: hunter2}", "env:NAME"},
		{ok + ", secret_headers: {x: 'env:'}", "env:NAME"},
		{ok + ", secret_headers: {x: env:NONE}", "NONE"},
		{ok + ", secret_headers: {x: env:LINES}", "LINES"},
		{ok + ", secret_headers: {host: env:T}", "cannot be set"},
		{ok + ", secret_headers: [x]", "name: env:NAME"},
		{ok + ", summary: ''", "summary"},
		{ok + ", summary: [a]", "single value"},
		{ok + ", summary: " + strings.Repeat("é", 201), "a summary has at most 200 characters"},
		{ok + `, summary: "a\nb"`, "a summary is one line without control characters"},
		{ok + `, summary: "a\e[2Jb"`, "a summary is one line without control characters"},
		{ok + `, summary: "a\u202eb"`, "a summary is one line without control characters"},
		{ok + ", content_types: image/png", "a list"},
		{ok + ", content_types: [png]", "is not a type such as image/png"},
		{ok + ", content_types: [Image/PNG]", "is not a type such as image/png"},
		{ok + ", content_types: ['text/csv; header=present']", "is not a type such as image/png"},
		{ok + ", content_types: ['image/*']", "is not a type such as image/png"},
		{ok + ", content_types: [text/" + strings.Repeat("x", 100) + "]", "is not a type such as image/png"},
		{ok + ", content_types: [image/png, image/png]", "twice"},
		{ok + ", content_types: [" + types(21) + "]", "at most 20 members"},
		{ok + ", headers: x-a", "a list"},
		{ok + ", headers: [x-a, X-A]", `"x-a" is there twice`},
		{ok + ", headers: [" + headers(33) + "]", "at most 32 members"},
		{ok + ", headers: [[x-a]]", "a header must stand here as its name"},
		{ok + ", headers: [{}]", "tools[0].headers[0] needs a name"},
		{ok + ", headers: [{kind: text}]", "tools[0].headers[0] needs a name"},
		{ok + ", headers: [{name: cookie}]", "never passed on"},
		{ok + ", headers: [{name: x-a, colour: red}]", "unknown key tools[0].headers[0].colour"},
		{ok + ", headers: [{name: x-a, kind: int}]", `"int" is none of text, integer, boolean and choice`},
		{ok + `, headers: [{name: x-a, summary: "\a"}]`, "tools[0].headers[0].summary: a summary is one line"},
		{ok + ", headers: [{name: x-a, min: 1}]", "the header x-a is of kind text, which has no min and no max"},
		{ok + ", headers: [{name: x-a, kind: boolean, max: 1}]", "of kind boolean, which has no min and no max"},
		{ok + ", headers: [{name: x-a, kind: integer, min: 5, max: 4}]", "a min of 5, which is more than its max of 4"},
		{ok + ", headers: [{name: x-a, kind: integer, min: -1}]", "min: "},
		{ok + ", headers: [{name: x-a, kind: integer, max: 1000000}]", "max: "},
		{ok + ", headers: [{name: x-a, kind: integer, max: 4, default: 5}]", `the default "5", which is not a whole number from 0 to 4`},
		{ok + ", headers: [{name: x-a, kind: integer, default: much}]", `the default "much", which is not a whole number`},
		{ok + ", headers: [{name: x-a, kind: boolean, default: yes}]", `the default "yes", which is not true or false`},
		{ok + ", headers: [{name: x-a, kind: choice}]", "needs choices"},
		{ok + ", headers: [{name: x-a, kind: integer, choices: [a]}]", "of kind integer, which has no choices"},
		{ok + ", headers: [{name: x-a, kind: choice, choices: a}]", "choices: a list"},
		{ok + ", headers: [{name: x-a, kind: choice, choices: [A]}]", "is not a choice"},
		{ok + ", headers: [{name: x-a, kind: choice, choices: [a], default: b}]", "not one of its choices"},
		{ok + ", headers: [{name: x-a, default: '" + strings.Repeat("x", 257) + "'}]", "at most 256 printable ASCII characters"},
		{ok + ", headers: [{name: x-a, default: é}]", "at most 256 printable ASCII characters"},
		{ok + ", timeout: 0s", "timeout"},
		{ok + ", timeout: soon", "timeout"},
		{ok + ", max_attempts: 0", "max_attempts"},
		{ok + ", max_running: -1", "max_running"},
		{ok + ", max_per: 0/s", `"0/s": a rate begins with a whole number from 1 to 1000000`},
		{ok + ", max_per: ten/s", `"ten/s": a rate begins with a whole number`},
		{ok + ", max_per: fast", `"fast": a rate is written as attempts per s, m or h`},
		{ok + ", max_per: 10/fortnight", `"10/fortnight": a rate is written as attempts per s, m or h`},
		{ok + ", max_per: 10", `"10": a rate is written as attempts per s, m or h`},
		{ok + ", max_per: [10/s]", "max_per"},
		{ok + ", max_per: 10/s, burst: 0", "burst"},
		{ok + ", max_per: 10/s, burst: 1000001", "burst"},
		{ok + ", burst: 5", "has a burst and needs max_per"},
		{ok + ", by: owner", "has by and needs max_per"},
		{ok + ", max_per: 10/s, by: customer", `"customer": a limit goes by owner or by metadata.NAME`},
		{ok + ", max_per: 10/s, by: metadata.", "a name of metadata has 1 to 64 characters"},
		{ok + ", max_per: 10/s, by: metadata." + strings.Repeat("x", 65), "a name of metadata has 1 to 64 characters"},
		{ok + ", concurrency_by: metadata.a", "has concurrency_by and needs max_running"},
		{ok + ", max_running: 1, concurrency_by: metadata", `"metadata": a limit goes by owner or by metadata.NAME`},
		{ok + ", colour: red", "unknown key tools[0].colour"},
		{ok + "}, {" + ok, "another tool"},
	} {
		_, err := config.Load([]string{"--config=claim.yaml"}, from([]string{"T=hush", "LINES=a\nb"}, fromFile("tools: [{"+c.tool+"}]")))
		if err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: error %v, want one that names %q", c.tool, err, c.names)
		}
		if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "secret_headers: {x: hunter2") || strings.Contains(err.Error(), "a\nb")) {
			t.Errorf("%s: the error shows a secret: %v", c.tool, err)
		}
	}
	for _, name := range httpapi.OrderHeaders { // they say what we do, not what the target does
		if _, err := load("", "", "tools: [{"+ok+", headers: ["+name+"]}]"); err == nil || !strings.Contains(err.Error(), "never passed on") {
			t.Errorf("%s is passed on: %v", name, err)
		}
	}
	if _, err := load("", "", "tools: {name: x}"); err == nil || !strings.Contains(err.Error(), "a list of tools") {
		t.Errorf("a mapping: %v", err)
	}
}

// types are so many different ones, headers the same.
func types(n int) string { return numbered("text/x", n) }

func headers(n int) string { return numbered("x-", n) }

func numbered(word string, n int) string {
	var list []string
	for i := range n {
		list = append(list, word+strconv.Itoa(i))
	}
	return strings.Join(list, ", ")
}

func TestAPlansWeight(t *testing.T) {
	cfg, err := load("", "", "plans: {big: {weight: 4}}")
	if err != nil || cfg.Plans["big"].Weight != 4 || cfg.Plans["default"].Weight != 0 {
		t.Errorf("weights %d and %d, err %v", cfg.Plans["big"].Weight, cfg.Plans["default"].Weight, err)
	}
}
