package config_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
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
		a.MaxAttempts != 4 || a.MaxRunning != 8 || !slices.Equal(a.Headers, []string{"x-width"}) || !slices.Equal(a.Extensions, []string{"png", "jpg"}) {
		t.Errorf("got %+v", a)
	}
	if a.SecretHeaders["authorization"].Reveal() != "hush" {
		t.Errorf("the secret is %q", a.SecretHeaders["authorization"].Reveal())
	}
	if b.Name != "transcribe" || b.Mode != config.ModePull || b.Target != nil || b.Timeout != 0 {
		t.Errorf("got %+v", b)
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
		{ok + ", timeout: 0s", "timeout"},
		{ok + ", timeout: soon", "timeout"},
		{ok + ", max_attempts: 0", "max_attempts"},
		{ok + ", max_running: -1", "max_running"},
		{ok + ", colour: red", "unknown key tools[0].colour"},
		{ok + "}, {" + ok, "another tool"},
	} {
		_, err := config.Load("serve", from([]string{"--config=claim.yaml"}, []string{"T=hush", "LINES=a\nb"}, fromFile("tools: [{"+c.tool+"}]")))
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

func TestAPlansWeight(t *testing.T) {
	cfg, err := load("", "", "plans: {big: {weight: 4}}")
	if err != nil || cfg.Plans["big"].Weight != 4 || cfg.Plans["default"].Weight != 0 {
		t.Errorf("weights %d and %d, err %v", cfg.Plans["big"].Weight, cfg.Plans["default"].Weight, err)
	}
}
