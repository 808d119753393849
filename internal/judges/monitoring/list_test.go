package monitoring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/metrics"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// A seen metric is what a server tells of one.
type seen struct {
	kind   string
	labels []string // without le, sorted
}

var sample = regexp.MustCompile(`^(\w+)(?:\{(.*)\})? \S+$`)

// read reads what a server tells, by metric.
func read(t *testing.T, text string) map[string]seen {
	t.Helper()
	all := map[string]seen{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, kind, ok := strings.Cut(strings.TrimPrefix(line, "# TYPE "), " "); ok && strings.HasPrefix(line, "# TYPE ") {
			all[name] = seen{kind: kind}
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			if line != "" && !strings.HasPrefix(line, "#") {
				t.Fatalf("what is %q?", line)
			}
			continue
		}
		name := m[1]
		if _, ok := all[name]; !ok {
			name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		}
		is := all[name]
		is.labels = nil
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "le" {
				is.labels = append(is.labels, l[1])
			}
		}
		slices.Sort(is.labels)
		all[name] = is
	}
	return all
}

// happened is what busy servers tell.
var happened = []string{
	`claimcheck_ready 1`,
	`claimcheck_breaker_open{tool="fails"} 0`, // one owner's jobs alone leave it alone
	`claimcheck_breaker_owners{tool="fails"} 1`,
	`claimcheck_tool_rate_waiting{tool="paced"} 2`,
	`claimcheck_jobs_without_worker{tool="elsewhere"} 1`,
	`claimcheck_paused{tool="json-validator"} 1`,
	`claimcheck_attempts_total{end="success",tool="json-minify"} 1`,
	`claimcheck_attempts_total{end="failed",tool="json-minify"} 1`,
	`claimcheck_webhook_attempts_total{end="delivered"} 1`,
	`claimcheck_webhook_attempts_total{end="failed"} 0`,
}

// TestServersTellWhatIsOnTheList has all happen to servers of both stores that is
// counted, and compares what they tell with the list, both ways.
func TestServersTellWhatIsOnTheList(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"the embedded store": false, "a shared store": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--workers=4"}
			if shared {
				args = append(args, "--store="+pgproc.Database(t), "--blobs=file://"+filepath.Join(t.TempDir(), "files"))
			}
			s := busy(t, args...)
			want := map[string]seen{}
			for _, m := range metrics.List() {
				if shared || !m.Shared {
					labels := slices.Sorted(slices.Values(m.Labels))
					want[m.Name] = seen{string(m.Kind), labels}
				}
			}
			var text string
			serverproc.Until(t, 2*patience, func() (bool, string) {
				text = told(t, s)
				is := read(t, text)
				for name := range want {
					if _, there := is[name]; !there {
						return false, "no " + name + " in\n" + dump(text)
					}
				}
				for _, line := range happened {
					if !strings.Contains(text, "\n"+line+"\n") {
						return false, "no " + line + " in\n" + dump(text)
					}
				}
				return true, ""
			})
			for name, is := range read(t, text) {
				if !strings.HasPrefix(name, "claimcheck_") {
					continue
				}
				if w, listed := want[name]; !listed || is.kind != w.kind || !slices.Equal(is.labels, w.labels) {
					t.Errorf("%s: a server tells %+v, the list says %+v (listed: %t)", name, is, w, listed)
				}
			}
			promtool(t, text, "check", "metrics")
		})
	}
}

// TestTheListIsDescribed compares the table of the operators' document.
func TestTheListIsDescribed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "OPERATIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, m := range metrics.List() {
		row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", m.Name, m.Kind, strings.Join(m.Labels, ", "), m.Help)
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/OPERATIONS.md has no row\n%s", row)
		}
	}
	_, table, _ := strings.Cut(string(text), "### All metrics\n")
	table, _, _ = strings.Cut(table, "\n#")
	rows = strings.Count(table, "| `claimcheck_")
	if rows != len(metrics.List()) {
		t.Errorf("docs/OPERATIONS.md describes %d metrics, there are %d", rows, len(metrics.List()))
	}
}
