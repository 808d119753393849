package agents_test

import (
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// TestInspector has the organisation's own inspector list and call tools: in both
// eras, over HTTP and by claimcheck mcp.
func TestInspector(t *testing.T) {
	t.Parallel()
	testneeds.Node(t)
	h := open(t)
	cli := filepath.Join(testneeds.NodeModules(t, "@modelcontextprotocol/inspector"), "..", "..", ".bin", "mcp-inspector")
	ways := map[string][]string{
		"http":  {h.mcp(), "--transport", "http", "--header", "x-api-key: " + h.key},
		"stdio": {serverproc.Program(t), "mcp", "-e", "CLAIMCHECK_URL=" + h.at, "-e", "CLAIMCHECK_API_KEY=" + h.key, "--transport", "stdio"},
	}
	for way, target := range ways {
		for _, era := range []string{"legacy", "modern"} {
			t.Run(way+" "+era, func(t *testing.T) {
				t.Parallel()
				look := func(args ...string) (string, int) {
					return run(t, cli, append(append([]string{"--cli"}, target...), append(args, "--protocol-era", era)...)...)
				}
				for _, c := range []struct {
					args []string
					code int
					want []string
				}{
					{[]string{"--method", "tools/list"}, 0, []string{`"name": "job_list"`, `"name": "slow_compute"`, `"name": "json_formatter"`}},
					{[]string{"--method", "tools/call", "--tool-name", "slow_compute", "--tool-arg", "seconds=2"}, 0, []string{"computed for 2s"}},
					{[]string{"--method", "tools/call", "--tool-name", "json_formatter", "--tool-arg", `content="{\"a\":1}"`}, 0, []string{"json_formatter_"}},
				} {
					out, code := look(c.args...)
					if code != c.code {
						t.Errorf("%q: exit code %d\n%s", c.args, code, out)
					}
					for _, want := range c.want {
						if !strings.Contains(out, want) {
							t.Errorf("%q: no %s in\n%s", c.args, want, out)
						}
					}
				}
			})
		}
	}
}
