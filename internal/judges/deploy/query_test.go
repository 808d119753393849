package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"claimcheck/internal/testneeds"
)

// TestTheScalersQueryCountsEachJobOnce: two servers on one database both tell of all
// jobs, and no job that waits is 0. Prometheus' own program evaluates it.
func TestTheScalersQueryCountsEachJobOnce(t *testing.T) {
	promtool := testneeds.Program(t, "promtool (apt-get install prometheus)", "promtool")
	var values struct {
		Rules struct {
			External []struct {
				MetricsQuery string `yaml:"metricsQuery"`
			} `yaml:"external"`
		} `yaml:"rules"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "kubernetes", "prometheus-adapter", "rules.yaml")), &values); err != nil || len(values.Rules.External) != 1 {
		t.Fatalf("%+v, %v", values, err)
	}
	query := strings.ReplaceAll(values.Rules.External[0].MetricsQuery, "<<.LabelMatchers>>", `namespace="claimcheck"`)
	series := func(instance, tool, state string, n int) string {
		return fmt.Sprintf("      - {series: 'claimcheck_jobs{namespace=\"claimcheck\",instance=%q,tool=%q,state=%q}', values: '%d'}\n", instance, tool, state, n)
	}
	test := "rule_files: [rules.yaml]\ntests:\n  - interval: 1m\n    input_series:\n" +
		series("a", "x", "queued", 30) + series("a", "y", "queued", 12) + series("a", "x", "processing", 5) +
		series("b", "x", "queued", 30) + series("b", "y", "queued", 11) +
		"    promql_expr_test:\n      - {expr: waiting, eval_time: 0, exp_samples: [{labels: waiting, value: 42}]}\n" +
		"  - interval: 1m\n    promql_expr_test:\n      - {expr: waiting, eval_time: 0, exp_samples: [{labels: waiting, value: 0}]}\n"
	rules, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "one", "rules": []any{map[string]any{"record": "waiting", "expr": query}}}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"rules.yaml": string(rules), "test.yaml": test} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", filepath.Join(dir, "test.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
