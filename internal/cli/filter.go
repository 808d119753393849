package cli

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/foreign"
)

// statuses are those that a job can have.
var statuses = []string{"queued", "processing", "success", "failed"}

// A filter says which jobs a command is about, as its flags are written.
type filter struct {
	status   []string
	tool     []string
	code     []string
	group    string
	metadata []string // name=value
	since    string   // accepted after this
	before   string   // accepted before this
}

// A choice is a filter that was read. Times are Unix seconds, 0 for none.
type choice struct {
	status, tool, code []string
	group              string
	metadata           map[string]string
	after, before      int64
}

// read makes sense of the flags, at a time.
func (f *filter) read(now time.Time) (choice, error) {
	c := choice{status: f.status, code: f.code, group: f.group, metadata: map[string]string{}}
	for _, s := range f.status {
		if !slices.Contains(statuses, s) {
			return c, UsageError("--status: %v is none of %s", foreign.Text(s), strings.Join(statuses, ", "))
		}
	}
	for _, name := range f.tool {
		name = strings.TrimSuffix(name, "-api")
		if name == "" {
			return c, UsageError("--tool: the name of a tool is missing; claimcheck tools lists them")
		}
		c.tool = append(c.tool, name)
	}
	if slices.Contains(f.code, "") {
		return c, UsageError("--error: the code is missing, for instance TIMEOUT")
	}
	for _, pair := range f.metadata {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return c, UsageError("--metadata: %v must be written name=value", foreign.Text(pair))
		}
		if _, twice := c.metadata[name]; twice {
			return c, UsageError("--metadata: %v is there twice, and a job has one value of it", foreign.Text(name))
		}
		c.metadata[name] = value
	}
	var err error
	if c.after, err = Past("since", f.since, now); err != nil {
		return c, err
	}
	if c.before, err = Past("before", f.before, now); err != nil {
		return c, err
	}
	if c.before > 0 && c.after >= c.before {
		return c, UsageError("--since is not earlier than --before: no job can be between them")
	}
	return c, nil
}

// empty reports whether the filter lets every job pass.
func (c *choice) empty() bool {
	return len(c.status)+len(c.tool)+len(c.code)+len(c.metadata) == 0 && c.group == "" && c.after == 0 && c.before == 0
}

// maxAgo is as far back as a flag can reach: no job is kept for so long.
const maxAgo = 10 * 366 * 24 * time.Hour

// Past reads the value of a flag, a time in the past: how long ago (90m, 24h, 7d), a day or a moment
// (2026-11-28, 2026-11-28T14:00:00Z), or Unix seconds. Nothing is 0.
func Past(flag, text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if ago, ok := readAgo(text); ok {
		return now.Add(-ago).Unix(), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > int64(maxAgo/time.Second) {
		return n, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil && t.Unix() > 0 {
			return t.Unix(), nil
		}
	}
	return 0, UsageError("--%s: %v is no time; write how long ago (90m, 24h, 7d), a moment (2026-11-28, 2026-11-28T14:00:00Z) or Unix seconds", flag, foreign.Text(text))
}

// readAgo reads a duration, in which d stands for 24 hours.
func readAgo(text string) (ago time.Duration, ok bool) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.ParseUint(days, 10, 16)
		ago = time.Duration(n) * 24 * time.Hour
		return ago, err == nil && n > 0 && ago <= maxAgo
	}
	ago, err := time.ParseDuration(text)
	return ago, err == nil && ago > 0 && ago <= maxAgo
}

// moment is a time as people read it, where they are.
func moment(unix int64, in *time.Location) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).In(in).Format("2006-01-02 15:04:05")
}
