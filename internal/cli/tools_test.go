package cli_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
)

// told runs tools against a server that answers so.
func told(t *testing.T, body string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	var out, errs bytes.Buffer
	e := cli.Env{Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + srv.URL}, Stdout: &out, Stderr: &errs}
	err = cli.Execute(t.Context(), cli.Tools(&e), &e, args)
	return out.String(), errs.String(), err
}

const tool = `{"name":"thumb\u001b[2J","path":"/thumb-api","summary":"Makes\na \u202esmall picture.","mode":"body","extensions":["p\u009bng","svg"],` +
	`"input":{"json":false,"content_types":["image/\u0007png","image/svg+xml"]},"output":{},"options":[` +
	`{"header":"x-format","kind":"choice","default":"webp","choices":["png","webp"],"summary":"Of the picture."},` +
	`{"header":"x-crop","kind":"boolean","required":true,"summary":"Cuts."},{"header":"x-width","kind":"integer","min":1,"max":9,"summary":""},` +
	`{"header":"x-note","kind":"text","min":0,"max":256,"summary":"Kept."}],"limits":{"max_bytes":0,"timeout_seconds":60},"paused":true}`

func TestWhatToolsSayOfThemselvesIsHarmless(t *testing.T) {
	for _, c := range []struct {
		body string
		args []string
		want []string
	}{
		{`{"tools":[` + tool + `]}`, nil, []string{"NAME ", `thumb\x1b[2J  .p\u009bng .svg  what it answers  (paused) Makes\na \u202esmall picture.`}},
		{tool, []string{"thumb"}, []string{
			`thumb\x1b[2J  Makes\na \u202esmall picture.`, "  post to     /thumb-api", `  takes       image/\apng, image/svg+xml; .p\u009bng .svg; any size`,
			"  makes       what it answers", "  ends        an attempt after 60 seconds", "  paused      its jobs wait until an operator lets them go on",
			"  x-format    png or webp, default webp; Of the picture.", "  x-crop      true or false, required; Cuts.", "  x-width     1 to 9", "  x-note      text of at most 256 characters; Kept.",
		}},
		{`{"tools":[` + tool + `]}`, []string{"--json"}, []string{`{"name":"thumb\u001b[2J","path":"/thumb-api"`}},
	} {
		stdout, stderr, err := told(t, c.body, c.args...)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if err != nil || stderr != "" || len(lines) != len(c.want) || strings.ContainsAny(stdout, "\x1b\a\u009b\u202e") {
			t.Errorf("%v: error %v, %q, printed\n%s", c.args, err, stderr, stdout)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%v: line %d is %q, want %q", c.args, i, lines[i], want)
			}
		}
	}
}

func TestAServerWithoutToolsIsNoFailure(t *testing.T) {
	stdout, stderr, err := told(t, `{"tools":[]}`)
	if err != nil || stderr != "" || stdout != "NAME  TAKES  MAKES  WHAT IT DOES\n" {
		t.Errorf("error %v, %q, %q", err, stderr, stdout)
	}
}

// TestCompletionOfToolsIsHarmless completes names from a server that is up to no good.
func TestCompletionOfToolsIsHarmless(t *testing.T) {
	t.Parallel()
	const body = `{"tools":[{"name":"thumb","summary":"Makes\na \u001b[2J small\tpicture."},{"name":"$(reboot)","summary":""},{"name":"a b","summary":""},{"name":"\u009bm"}]}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	var out, errs bytes.Buffer
	e := cli.Env{Environ: []string{"CLAIMCHECK_API_KEY=k"}, Stdout: &out, Stderr: &errs}
	root := cli.New(&e, "", []cli.Group{{ID: cli.ForCallers, Commands: []func(*cli.Env) *cobra.Command{cli.Tools}}})
	err := cli.Execute(t.Context(), root, &e, []string{"__complete", "tools", "--url", srv.URL, ""})
	if want := `thumb` + "\t" + `Makes\na \x1b[2J small\tpicture.` + "\n:4\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}
