package deploy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/app"
	"claimcheck/internal/config"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

const (
	files    = "../../../deploy" // what is judged
	patience = time.Minute
	program  = "manifests" // of internal/judges/foreign
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m) // PostgreSQL ends with the tests
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // only main exits, and here the test's
}

// judge runs the program that reads files with other people's libraries.
func judge(t *testing.T, env []string, args ...string) (out []byte, said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testneeds.Foreign(t, program), args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	return out, stderr.String(), err
}

// settingsOf says which settings a server would have with these arguments,
// variables and configuration file, all of which are checked by that.
func settingsOf(t *testing.T, args []string, environ map[string]string, file string) config.Config {
	t.Helper()
	if len(args) == 0 || args[0] != "serve" {
		t.Fatalf("the command is %q, want serve", args)
	}
	var names []string
	for name, value := range environ {
		names = append(names, name+"="+value)
	}
	cfg, err := config.Load(args[1:], config.Sources{
		Environ: names, Judges: app.Judges(),
		ReadFile: func(string) ([]byte, error) { return []byte(file), nil },
	})
	if err != nil {
		t.Fatalf("claimcheck %s with %v: %v", strings.Join(args, " "), environ, err)
	}
	return cfg
}

// replaced gives flags other values, in both ways of writing them; each has to be
// there.
func replaced(t *testing.T, args []string, values map[string]string) []string {
	t.Helper()
	args = slices.Clone(args)
	for flag, value := range values {
		found := false
		for i, a := range args {
			if strings.HasPrefix(a, flag+"=") {
				args[i], found = flag+"="+value, true
			} else if a == flag && i+1 < len(args) {
				args[i+1], found = value, true
			}
		}
		if !found {
			t.Fatalf("%q has no %s", args, flag)
		}
	}
	return args
}

// handIn hands a document in and returns the path of its job.
func handIn(t *testing.T, s *serverproc.Server, key string) string {
	t.Helper()
	a := call(t, &serverproc.Call{Base: s.URL, Key: key, Method: http.MethodPost, Path: "/json-formatter-api", Body: []byte(`{"a":[1,2]}`), Headers: []string{"Prefer", "respond-async"}})
	var job struct {
		ID string `json:"job_id"`
	}
	if err := json.Unmarshal(a.Body, &job); err != nil || a.Status != http.StatusAccepted {
		t.Fatalf("hand in a job: %s, %v", a, err)
	}
	return "/jobs/" + job.ID
}

// works hands a document in and waits until it is done.
func works(t *testing.T, s *serverproc.Server, key string) {
	t.Helper()
	ask := serverproc.Call{Base: s.URL, Key: key, Method: http.MethodGet, Path: handIn(t, s, key)}
	serverproc.Until(t, patience, func() (bool, string) {
		a := call(t, &ask)
		return strings.Contains(string(a.Body), `"status":"success"`), a.String()
	})
}

// call makes a call that has to be answered.
func call(t *testing.T, c *serverproc.Call) serverproc.Answer {
	t.Helper()
	a, err := c.Do(t.Context(), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// healthy asks a server with its own command, which gets the server's settings.
func healthy(t *testing.T, url string) {
	t.Helper()
	if r := serverproc.Run(t, []string{"CLAIMCHECK_URL=" + url}, "health"); r.Code != 0 {
		t.Errorf("claimcheck health: exit code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
}

func read(t *testing.T, names ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{files}, names...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
