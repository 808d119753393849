package config

import (
	"fmt"
	"log/slog"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"claimcheck/internal/meter"
)

// The modes of a tool.
const (
	ModeBody = "body" // the input is the request body, the answer the result
	ModeJSON = "json" // the target is told where the input is and where to report
	ModePull = "pull" // there is no target: programs come for the work
)

// A Tool is an HTTP endpoint, or work for remote programs, as the file's
// tools say.
type Tool struct {
	Name          string
	Summary       string
	Mode          string
	Target        *url.URL // nil for ModePull
	Extensions    []string
	ContentTypes  []string // that inputs usually have; none: those of the extensions
	Headers       []Header // passed on
	SecretHeaders map[string]Secret
	Timeout       time.Duration // of one attempt; 0: job_timeout
	MaxAttempts   int           // 0: max_attempts
	MaxRunning    int64         // 0: no limit; for each value of ConcurrencyBy if that is not empty
	Rate          meter.Rate    // zero: no limit
	Burst         int64         // 0: that of Rate
	By            meter.By      // of whom each has the rate for itself
	ConcurrencyBy meter.By
	InputSchema   []byte       // JSON, nil for none; only its form was looked at
	OutputSchema  []byte       // likewise
	Annotations   *Annotations // nil for none
}

// A Secret is a text that no log and no message shows.
type Secret struct{ text string }

// Reveal returns the text.
func (s Secret) Reveal() string { return s.text }

// String hides the text.
func (Secret) String() string { return "[secret]" }

// GoString hides the text.
func (Secret) GoString() string { return "[secret]" }

// LogValue hides the text.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Limits of the file's tools.
const (
	maxTools       = 500
	maxExtensions  = 50
	maxTypes       = 20
	maxTypeBytes   = 100
	maxToolHeaders = 32
	maxSecretBytes = 8 << 10
	maxSummary     = 200 // characters
	secretSource   = "env:"
)

var (
	toolForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	extensionForm = regexp.MustCompile(`^[a-z0-9]{1,10}$`)
	typeForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$`)
	headerForm    = regexp.MustCompile("^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$")
)

// withheld are headers that are never passed on: they are a caller's secrets,
// belong to the connection, or are ours to set.
var withheld = []string{
	"authorization", "connection", "content-encoding", "content-length", "cookie", "expect", "host", "idempotency-key", "keep-alive", "prefer",
	"te", "traceparent", "trailer", "transfer-encoding", "upgrade", "x-api-key", "x-request-id",
	"x-delete", "x-finish-by", "x-group", "x-metadata", "x-on-error", "x-output-name", "x-output-url", "x-priority", "x-retention", "x-retention-failed",
	"x-run-at", "x-source-type", "x-start-by", "x-webhook-url",
}

// A toolText is one tool of the file.
type toolText struct {
	source  string
	members []entry
}

// toolsOf reads the list of tools.
func toolsOf(name string, parent entry) ([]toolText, error) {
	if isNull(parent.node) {
		return nil, nil
	}
	if parent.node.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s: a list of tools must stand here, each with a name", parent.source)
	}
	if n := len(parent.node.Content); n > maxTools {
		return nil, fmt.Errorf("%s: there can be at most %d tools", parent.source, maxTools)
	}
	var tools []toolText
	for i, node := range parent.node.Content {
		key := fmt.Sprintf("%s[%d]", parent.key, i)
		members, err := entriesOf(name, key, node)
		if err != nil {
			return nil, err
		}
		tools = append(tools, toolText{source: fmt.Sprintf("%s in %s line %d", key, ShownName(name), node.Line), members: members})
	}
	return tools, nil
}

// A toolKey is one row of the table of what a tool can say.
type toolKey struct {
	name string
	doc  string
	set  func(t *Tool, e entry, env lookup) error
}

// ToolKeys lists the keys of a tool with one sentence each.
func ToolKeys() [][2]string {
	var list [][2]string
	for _, k := range toolKeys {
		list = append(list, [2]string{k.name, k.doc})
	}
	return list
}

// lookup finds a variable of the environment.
type lookup func(name string) (string, bool)

var toolKeys = []toolKey{
	{"name", "Served at POST /<name>-api.", setName},
	{"summary", "One sentence for callers, at most 200 characters.", setSummary},
	{"target", "URL that the input is posted to; not for mode pull.", setTarget},
	{"mode", "body (the default), json or pull.", setMode},
	{"extensions", "Of the files that it takes.", setExtensions},
	{"content_types", "That inputs usually have, for callers; others are taken all the same.", setTypes},
	{"headers", "Request headers that are passed on: names, or mappings as below.", setHeaders},
	{"secret_headers", "Headers sent to the target, each as env:NAME of a variable.", setSecrets},
	{"timeout", "Of one attempt; the default is job_timeout.", setTimeout},
	{"max_attempts", "The default is that of the server.", setAttempts},
	{"max_running", "Attempts at once, over all owners; 0 means no limit.", setRunning},
	{"concurrency_by", "metadata.NAME or owner: max_running is for each value of it.", setConcurrencyBy},
	{"max_per", "Attempts that may begin, over all owners and servers: 10/s, 300/m or 5000/h.", setRate},
	{"burst", "Of those, at once after a pause; the default is a tenth of a second's worth, at least 1.", setBurst},
	{"by", "owner or metadata.NAME: each has max_per for itself.", setBy},
	{"input_schema", "JSON Schema (draft 2020-12) that inputs must fit.", func(t *Tool, e entry, _ lookup) (err error) { t.InputSchema, err = e.schema(); return err }},
	{"output_schema", "JSON Schema of results, for callers; not checked.", func(t *Tool, e entry, _ lookup) (err error) { t.OutputSchema, err = e.schema(); return err }},
	{"annotations", "Hints for agents: title, read_only, destructive, idempotent, open_world.", setAnnotations},
}

// toolsFrom checks the file's tools.
func toolsFrom(texts []toolText, env lookup, judges Judges) ([]Tool, error) {
	var tools []Tool
	for _, text := range texts {
		t := Tool{Mode: ModeBody}
		for _, e := range text.members {
			i := slices.IndexFunc(toolKeys, func(k toolKey) bool { return k.name == e.name })
			if i < 0 {
				return nil, fmt.Errorf("unknown %s", e.source)
			}
			err := toolKeys[i].set(&t, e, env)
			if err == nil {
				err = t.judgeSchema(e.name, judges.Schema)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.source, err)
			}
		}
		if err := t.check(tools); err != nil {
			return nil, fmt.Errorf("%s: %w", text.source, err)
		}
		tools = append(tools, t)
	}
	return tools, nil
}

// check refuses a tool whose parts do not go together.
func (t *Tool) check(earlier []Tool) error {
	switch {
	case t.Name == "":
		return fmt.Errorf("a tool needs a name")
	case slices.ContainsFunc(earlier, func(o Tool) bool { return o.Name == t.Name }):
		return fmt.Errorf("there is another tool named %s", t.Name)
	case t.Mode == ModePull && t.Target != nil:
		return fmt.Errorf("tool %s has mode pull and must have no target", t.Name)
	case t.Mode == ModePull && len(t.SecretHeaders) > 0:
		return fmt.Errorf("tool %s has mode pull: there is nobody to send secret_headers to", t.Name)
	case t.Mode != ModePull && t.Target == nil:
		return fmt.Errorf("tool %s needs a target", t.Name)
	}
	if err := t.checkLimits(); err != nil {
		return err
	}
	for i := range t.Headers {
		h := t.Headers[i].Name
		if _, both := t.SecretHeaders[h]; both {
			return fmt.Errorf("tool %s has the header %s in headers and in secret_headers", t.Name, h)
		}
	}
	return nil
}

func setName(t *Tool, e entry, _ lookup) error {
	text, err := e.single()
	switch {
	case err != nil:
		return err
	case !toolForm.MatchString(text):
		return fmt.Errorf("a tool's name must be 1 to 63 of a-z, 0-9 and -, beginning with a letter or digit")
	}
	t.Name = text
	return nil
}

func setSummary(t *Tool, e entry, _ lookup) (err error) {
	t.Summary, err = e.sentence("a summary")
	return err
}

// sentence returns a text for people: on one line, not too long, and without what
// would steer a terminal or turn the direction of text.
func (e entry) sentence(what string) (string, error) {
	text, err := e.single()
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	}
	switch {
	case err != nil:
		return "", err
	case utf8.RuneCountInString(text) > maxSummary:
		return "", fmt.Errorf("%s has at most %d characters", what, maxSummary)
	case strings.ContainsFunc(text, odd):
		return "", fmt.Errorf("%s is one line without control characters", what)
	}
	return text, nil
}

func setTarget(t *Tool, e entry, _ lookup) error {
	text, err := e.single()
	if err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%s is not a URL such as http://127.0.0.1:9000/thumb, without user, password and #", Shown(text))
	}
	t.Target = u
	return nil
}

func setMode(t *Tool, e entry, _ lookup) error {
	text, err := e.single()
	if err == nil && text != ModeBody && text != ModeJSON && text != ModePull {
		err = fmt.Errorf("%s is none of body, json and pull", Shown(text))
	}
	t.Mode = text
	return err
}

func setExtensions(t *Tool, e entry, _ lookup) (err error) {
	t.Extensions, err = e.several(maxExtensions, func(s string) error {
		if !extensionForm.MatchString(s) {
			return fmt.Errorf("%s is not an extension such as png, in lower case and without the point", Shown(s))
		}
		return nil
	})
	return err
}

func setTypes(t *Tool, e entry, _ lookup) (err error) {
	t.ContentTypes, err = e.several(maxTypes, func(s string) error {
		if len(s) > maxTypeBytes || !typeForm.MatchString(s) {
			return fmt.Errorf("%s is not a type such as image/png, in lower case and without parameters", Shown(s))
		}
		return nil
	})
	return err
}

// setSecrets reads headers whose values are in the environment. No message
// shows a value.
func setSecrets(t *Tool, e entry, env lookup) error {
	members, err := entriesOf("", e.key, e.node)
	if err != nil {
		return fmt.Errorf("headers must stand here as lines of name: env:NAME")
	}
	t.SecretHeaders = map[string]Secret{}
	for _, m := range members {
		name := strings.ToLower(m.name)
		if err := checkHeader(name); err != nil {
			return err
		}
		if own := textproto.CanonicalMIMEHeaderKey(name); slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection"}, own) {
			return fmt.Errorf("the header %s cannot be set", Shown(m.name))
		}
		text, err := m.single()
		variable, ok := strings.CutPrefix(text, secretSource)
		if err != nil || !ok || variable == "" {
			return fmt.Errorf("the value of %s must be written as env:NAME, so that no secret stands in the file", Shown(m.name))
		}
		value, ok := env(variable)
		switch {
		case !ok || value == "":
			return fmt.Errorf("the environment variable %s for %s is not set", ShownName(variable), Shown(m.name))
		case len(value) > maxSecretBytes || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return fmt.Errorf("the environment variable %s cannot be a header's value: it is too long or has a line break", ShownName(variable))
		}
		t.SecretHeaders[name] = Secret{value}
	}
	return nil
}

func setTimeout(t *Tool, e entry, _ lookup) error {
	text, err := e.single()
	if err != nil {
		return err
	}
	if t.Timeout, err = ParseDuration(text); err == nil && t.Timeout < time.Millisecond {
		err = fmt.Errorf("%s is less than 1ms", Shown(text))
	}
	return err
}

func setAttempts(t *Tool, e entry, _ lookup) error {
	n, err := e.count(1, 100)
	t.MaxAttempts = int(n)
	return err
}

func setRunning(t *Tool, e entry, _ lookup) (err error) {
	t.MaxRunning, err = e.count(0, 1_000_000)
	return err
}

// environment returns a look-up in variables written NAME=value; the last one
// counts.
func environment(environ []string) lookup {
	return func(name string) (value string, ok bool) {
		for _, line := range environ {
			if n, v, found := strings.Cut(line, "="); found && n == name {
				value, ok = v, true
			}
		}
		return value, ok
	}
}
