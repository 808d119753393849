package submit

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
)

// What the server takes at most.
const (
	maxMetadata      = 16 // members
	maxMetadataName  = 64 // characters
	maxMetadataValue = 256
	maxPriority      = 10
	maxDelay         = 30 * 24 * time.Hour
	maxIdempotency   = 255
	minRetention     = time.Minute
)

// clientOptions are what is said of each job, checked.
func (s *submission) clientOptions(now time.Time) (o client.Options, err error) {
	o = client.Options{Priority: s.priority, WebhookURL: s.webhook, IdempotencyKey: s.idempotencyKey, Group: s.group}
	if s.priority < -maxPriority || s.priority > maxPriority {
		return o, cli.UsageError("--priority is -10 to 10, not %d", s.priority)
	}
	if s.webhook != "" {
		if u, err := url.Parse(s.webhook); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return o, cli.UsageError("--webhook is an http or https address, not %v", foreign.Text(s.webhook))
		}
	}
	if k := s.idempotencyKey; len(k) > maxIdempotency || strings.ContainsFunc(k, func(r rune) bool { return r < ' ' || r > '~' }) {
		return o, cli.UsageError("--idempotency-key is 1 to %d printable characters of ASCII", maxIdempotency)
	}
	if o.Metadata, err = metadataOf(s.metadata); err != nil {
		return o, err
	}
	if err := s.keep(&o); err != nil {
		return o, err
	}
	if s.at != "" {
		if o.RunAt, err = timeOf(s.at, now); err != nil {
			return o, cli.UsageError("--at: %v", err)
		}
	}
	if o.StartWithin, o.StartBy, err = deadlineOf("--start-by", s.startBy, now); err != nil {
		return o, err
	}
	o.FinishWithin, o.FinishBy, err = deadlineOf("--finish-by", s.finishBy, now)
	return o, err
}

// keep is what is said of how long the jobs are kept.
func (s *submission) keep(o *client.Options) error {
	for name, d := range map[string]time.Duration{"retention": s.retention, "retention-failed": s.retentionFailed} {
		if d != 0 && d < minRetention {
			return cli.UsageError("--%s is at least %v, not %v", name, minRetention, d)
		}
	}
	if strings.ContainsFunc(s.outputName, unicode.IsControl) || !utf8.ValidString(s.outputName) {
		return cli.UsageError("--output-name is the name of a file, not %v", foreign.Text(s.outputName))
	}
	o.Retention, o.RetentionFailed, o.DeleteOnRead, o.OutputName, o.OutputURL = s.retention, s.retentionFailed, s.deleteOnRead, s.outputName, s.outputURL
	return nil
}

// kept is what is said of how long the jobs are kept, by flags that were given: two
// submissions that differ in it are not the same.
func (s *submission) kept() (parts []string) {
	for _, d := range []struct {
		name  string
		asked time.Duration
	}{{"retention", s.retention}, {"retention-failed", s.retentionFailed}} {
		if d.asked != 0 {
			parts = append(parts, d.name, d.asked.String())
		}
	}
	if s.deleteOnRead {
		parts = append(parts, "delete-on-read")
	}
	if s.outputURL != "" {
		address, _, _ := strings.Cut(s.outputURL, "?") // it is signed anew each time
		parts = append(parts, "output-url", address)
	}
	if s.outputName != "" {
		parts = append(parts, "output-name", s.outputName)
	}
	return parts
}

func metadataOf(pairs []string) (map[string]string, error) {
	if len(pairs) > maxMetadata {
		return nil, cli.UsageError("--metadata: at most %d are kept", maxMetadata)
	}
	all := map[string]string{}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		_, twice := all[name]
		switch {
		case !ok || name == "":
			return nil, cli.UsageError("--metadata is NAME=VALUE, not %v", foreign.Text(pair))
		case twice:
			return nil, cli.UsageError("--metadata %v is given twice", foreign.Text(name))
		case !utf8.ValidString(pair):
			return nil, cli.UsageError("--metadata %v is not UTF-8", foreign.Text(name))
		case utf8.RuneCountInString(name) > maxMetadataName || utf8.RuneCountInString(value) > maxMetadataValue:
			return nil, cli.UsageError("--metadata: names have at most %d characters, values %d", maxMetadataName, maxMetadataValue)
		}
		all[name] = value
	}
	return all, nil
}

// timeOf reads a time: Unix seconds, RFC 3339, or how long from now.
func timeOf(text string, now time.Time) (time.Time, error) {
	var at time.Time
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		at = time.Unix(n, 0)
	} else if t, err := time.Parse(time.RFC3339, text); err == nil {
		at = t
	} else if d, err := time.ParseDuration(text); err == nil {
		at = now.Add(d + time.Second - 1).Truncate(time.Second) // not sooner
	} else {
		return at, fmt.Errorf("%v is no time: 2026-12-24T18:00:00+01:00, Unix seconds, or from now, for instance 90m", foreign.Text(text))
	}
	switch {
	case at.Before(now.Add(-maxDelay)):
		return at, fmt.Errorf("%v is long ago", foreign.Text(text))
	case at.After(now.Add(maxDelay)):
		return at, fmt.Errorf("%v is more than 30 days from now", foreign.Text(text))
	}
	return at, nil
}

// toolOf finds the tool among those that the key may call.
func toolOf(all []api.Tool, name string) (api.Tool, error) {
	var names []string
	for i := range all {
		if all[i].Name == name {
			return all[i], nil
		}
		names = append(names, all[i].Name)
	}
	hint := "claimcheck tools lists those that this key may call"
	if like := cli.Near(name, names); like != "" {
		hint = fmt.Sprintf("did you mean %v?", foreign.Text(like))
	}
	return api.Tool{}, &cli.ExitError{Code: cli.ExitRefused, What: fmt.Sprintf("there is no tool %v; %s", foreign.Text(name), hint)}
}

// optionHeaders are the tool's options as the server reads them. One that the tool
// does not have, and a value that it does not take, are refused.
func optionHeaders(tool *api.Tool, given []string) (map[string]string, error) {
	headers := map[string]string{}
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, cli.UsageError("--option is NAME=VALUE, not %v", foreign.Text(pair))
		}
		header := strings.ToLower(name)
		if !strings.HasPrefix(header, "x-") {
			header = "x-" + header
		}
		at := slices.IndexFunc(tool.Options, func(o api.ToolOption) bool { return o.Header == header })
		if at < 0 {
			return nil, noOption(tool, name)
		}
		if _, twice := headers[header]; twice {
			return nil, cli.UsageError("--option %v is given twice", foreign.Text(name))
		}
		if err := checkOption(&tool.Options[at], value); err != nil {
			return nil, cli.UsageError("--option %v: %v", foreign.Text(name), err)
		}
		headers[header] = value
	}
	for i := range tool.Options {
		if o := &tool.Options[i]; o.Required && headers[o.Header] == "" {
			return nil, cli.UsageError("%v needs --option %v=VALUE: it is %v", foreign.Text(tool.Name), foreign.Text(strings.TrimPrefix(o.Header, "x-")), foreign.Text(cli.Values(o)))
		}
	}
	return headers, nil
}

func noOption(tool *api.Tool, name string) error {
	var names []string
	for i := range tool.Options {
		names = append(names, strings.TrimPrefix(tool.Options[i].Header, "x-"))
	}
	text := fmt.Sprintf("%v has no option %v", foreign.Text(tool.Name), foreign.Text(name))
	switch like := cli.Near(strings.TrimPrefix(strings.ToLower(name), "x-"), names); {
	case like != "":
		return cli.UsageError("%s; did you mean %v?", text, foreign.Text(like))
	case len(names) == 0:
		return cli.UsageError("%s, nor any other", text)
	default:
		return cli.UsageError("%s, only %v", text, foreign.Text(strings.Join(names, ", ")))
	}
}

// checkOption says what is wrong with a value, as the server would.
func checkOption(o *api.ToolOption, value string) error {
	wrong := func() error {
		return fmt.Errorf("it is %v, not %q", foreign.Text(cli.Values(o)), foreign.Text(value).String())
	}
	switch o.Kind {
	case "integer":
		n, err := strconv.Atoi(value)
		if err != nil || o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max {
			return wrong()
		}
	case "boolean":
		if value != "true" && value != "false" {
			return wrong()
		}
	case "choice":
		if !slices.Contains(o.Choices, value) {
			return wrong()
		}
	case "text":
		n := utf8.RuneCountInString(value)
		if !utf8.ValidString(value) || o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max {
			return wrong()
		}
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("it has a control character")
	}
	return nil
}

func sortedPairs(m map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name, m[name])
	}
	return all
}

// parentOf reports that the folder of a file is not there.
func parentOf(name string) error {
	folder := filepath.Dir(name)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no folder %v", foreign.Text(folder))
	case err == nil && !info.IsDir():
		return fmt.Errorf("%v is no folder", foreign.Text(folder))
	}
	return nil // whoever writes tells the rest
}
