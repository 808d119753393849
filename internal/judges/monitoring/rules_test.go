package monitoring_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"claimcheck/internal/metrics"
)

// A rule is what of one is looked at here.
type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []rule }
	}
	decode(t, filepath.Join(deploy, "prometheus", "rules.yaml"), yaml.Unmarshal, &file)
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) < 20 {
		t.Fatalf("got %d groups of rules", len(file.Groups))
	}
	return file.Groups[0].Rules
}

func decode(t *testing.T, name string, by func([]byte, any) error, v any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = by(text, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestPrometheusTakesTheRules has promtool read them and tell the stories of their alerts.
func TestPrometheusTakesTheRules(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(deploy, "prometheus")
	promtool(t, "", "check", "rules", filepath.Join(dir, "rules.yaml"))
	promtool(t, "", "check", "config", filepath.Join(dir, "scrape.yaml"))
	promtool(t, "", "test", "rules", filepath.Join(dir, "rules_test.yaml"))
}

// TestEveryAlertIsTested wants a story in which it fires, and one in which it does not.
func TestEveryAlertIsTested(t *testing.T) {
	var file struct {
		Tests []struct {
			Stories []struct {
				Alert    string `yaml:"alertname"`
				Expected []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	decode(t, filepath.Join(deploy, "prometheus", "rules_test.yaml"), yaml.Unmarshal, &file)
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, s := range test.Stories {
			if len(s.Expected) > 0 {
				fires[s.Alert] = true
			} else {
				silent[s.Alert] = true
			}
		}
	}
	for _, r := range rules(t) {
		if r.Alert != "" && (!fires[r.Alert] || !silent[r.Alert]) {
			t.Errorf("%s: fires in a test %t, is silent in one %t", r.Alert, fires[r.Alert], silent[r.Alert])
		}
	}
}

// TestEveryAlertLeadsToItsRunbook: whoever is woken finds what to do.
func TestEveryAlertLeadsToItsRunbook(t *testing.T) {
	root := filepath.Join(deploy, "..")
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s: severity %q, %v", r.Alert, s, r.Annotations)
		}
		name, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatalf("%s: %v", r.Alert, err)
		}
		if !slices.Contains(anchors(string(text)), anchor) {
			t.Errorf("%s: %s has no heading #%s", r.Alert, name, anchor)
		}
	}
}

// anchors are those of a document's headings, as repositories on the web make them.
func anchors(text string) (all []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		kept := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(kept, " ", "-"))
	}
	return all
}

// TestWhatIsAskedForIsTold holds the names, kinds and labels in the rules and in the
// dashboard to the list, which TestServersTellWhatIsOnTheList holds to servers.
func TestWhatIsAskedForIsTold(t *testing.T) {
	recorded := map[string]bool{}
	for _, r := range rules(t) {
		if r.Record != "" {
			recorded[r.Record] = true
		}
		checkExpression(t, r.Record+r.Alert, r.Expr, recorded)
	}
	named := 0
	for title, exprs := range drawn(t) {
		for _, expr := range exprs {
			named += checkExpression(t, title, expr, recorded)
		}
	}
	if named < len(metrics.List()) {
		t.Errorf("the dashboard names %d metrics, fewer than there are", named)
	}
}

// drawn are the expressions of the dashboard, by panel.
func drawn(t *testing.T) map[string][]string {
	t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	decode(t, filepath.Join(deploy, "grafana", "claimcheck.json"), json.Unmarshal, &d)
	all := map[string][]string{}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all[p.Title] = append(all[p.Title], target.Expr)
		}
	}
	return all
}

var (
	selector = regexp.MustCompile(`\b((?:claimcheck|process|go)[_:][a-z0-9_:]+)(?:\{([^}]*)\})?(\[|)`)
	grouped  = regexp.MustCompile(`\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)`)
	growing  = regexp.MustCompile(`\b(?:rate|increase)\(\s*$`)
)

// targetLabels are put on by Prometheus.
var targetLabels = []string{"job", "instance"}

// checkExpression holds one to the list and returns how many metrics of ours it names.
func checkExpression(t *testing.T, name, expr string, recorded map[string]bool) (named int) {
	t.Helper()
	known := slices.Clone(targetLabels)
	for _, at := range selector.FindAllStringSubmatchIndex(expr, -1) {
		metric, labels := expr[at[2]:at[3]], ""
		if at[4] >= 0 {
			labels = expr[at[4]:at[5]]
		}
		if strings.Contains(metric, ":") {
			if !recorded[metric] {
				t.Errorf("%s: %s is recorded by no rule before it", name, metric)
			}
			known = append(known, "tool", "state", "end")
			continue
		}
		if !strings.HasPrefix(metric, "claimcheck_") {
			continue // of the runtime and the process: the libraries' own
		}
		named++
		m, part := listed(metric)
		if m == nil || (m.Kind == metrics.Histogram) != (part != "") {
			t.Errorf("%s: there is no metric %s", name, metric)
			continue
		}
		has := slices.Concat(m.Labels, targetLabels)
		if part == "_bucket" {
			has = append(has, "le")
		}
		for _, l := range regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`).FindAllStringSubmatch(labels, -1) {
			if !slices.Contains(has, l[1]) {
				t.Errorf("%s: %s has no label %s", name, metric, l[1])
			}
		}
		known = append(known, has...)
		if grows := growing.MatchString(expr[:at[0]]); grows != (m.Kind != metrics.Gauge) && !strings.Contains(expr, "unless "+metric) {
			t.Errorf("%s: %s is a %s; rate or increase of it: %t", name, metric, m.Kind, grows)
		}
	}
	for _, g := range grouped.FindAllStringSubmatch(expr, -1) {
		for l := range strings.SplitSeq(g[1], ",") {
			if l = strings.TrimSpace(l); l != "" && !slices.Contains(known, l) {
				t.Errorf("%s: nothing in it has the label %s", name, l)
			}
		}
	}
	return named
}

// listed finds a metric by its name or by that of a histogram's part.
func listed(name string) (m *metrics.Metric, part string) {
	for _, m := range metrics.List() {
		for _, part := range []string{"", "_bucket", "_sum", "_count"} {
			if m.Name+part == name {
				return &m, part
			}
		}
	}
	return nil, ""
}

// TestPrometheusTakesWhatTheDashboardAsks has promtool read its expressions as if they were rules.
func TestPrometheusTakesWhatTheDashboardAsks(t *testing.T) {
	type recording struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var all []recording
	for _, exprs := range drawn(t) {
		for _, expr := range exprs {
			expr = strings.NewReplacer("$__rate_interval", "1m", "$job", "claimcheck", "$instance", ".*", "$tool", ".*").Replace(expr)
			if strings.Contains(expr, "$") {
				t.Errorf("a variable is left in %s", expr)
			}
			all = append(all, recording{"dashboard:expression:" + strings.Repeat("x", len(all)+1), expr})
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []map[string]any{{"name": "dashboard", "rules": all}}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", name)
}
