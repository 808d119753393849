package deploy_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

func TestTheDockerfileBreaksNoRule(t *testing.T) {
	out, said, err := judge(t, nil, "dockerfile", filepath.Join(files, "docker", "Dockerfile"))
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s%s", err, out, said)
	}
}

func TestTheDockerfileFitsTheProgram(t *testing.T) {
	text := read(t, "docker", "Dockerfile")
	settingsOf(t, []string{"serve"}, inImage(t, nil), "")
	for _, line := range []string{"FROM scratch", "USER 65532:65532", `ENTRYPOINT ["/claimcheck"]`, `CMD ["serve"]`, "VOLUME " + inImage(t, nil)["CLAIMCHECK_DATA"]} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	_, after, ok := strings.Cut(text, `CMD ["/claimcheck", "`)
	if !ok {
		t.Fatal("there is no health check")
	}
	command, _, _ := strings.Cut(after, `"`)
	s := serverproc.Start(t, serverproc.Options{})
	if r := serverproc.Run(t, []string{"CLAIMCHECK_LISTEN=" + strings.TrimPrefix(s.URL, "http://")}, command); r.Code != 0 {
		t.Errorf("the health check of a server that is well: %d, %s", r.Code, r.Stderr)
	}
	s.Kill()
	if r := serverproc.Run(t, []string{"CLAIMCHECK_LISTEN=" + strings.TrimPrefix(s.URL, "http://")}, command); r.Code != 1 {
		t.Errorf("the health check of a server that is gone: %d, want 1", r.Code)
	}
}

// TestTheImageHasAllSources: what .dockerignore keeps out the program is not made of.
func TestTheImageHasAllSources(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Standard,Module,GoFiles,EmbedFiles", "claimcheck/cmd/claimcheck")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join(files, ".."))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			Dir                 string
			Module              struct{ Main bool }
			GoFiles, EmbedFiles []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if !p.Module.Main {
			continue
		}
		for _, name := range append(p.GoFiles, p.EmbedFiles...) {
			n++
			file, err := filepath.Rel(root, filepath.Join(p.Dir, name))
			if err != nil || !inContext(t, filepath.ToSlash(file)) {
				t.Errorf("%s is left out by .dockerignore", file)
			}
		}
	}
	if n < 100 {
		t.Errorf("the program is made of %d files", n)
	}
}

// inContext reports whether a file is sent to the build.
func inContext(t *testing.T, file string) (in bool) {
	t.Helper()
	in = true
	for line := range strings.Lines(read(t, "docker", "Dockerfile.dockerignore")) {
		pattern := strings.TrimSpace(line)
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		name, back := strings.CutPrefix(pattern, "!")
		for part := file; part != "."; part = path.Dir(part) {
			got := part
			if inner, ok := strings.CutPrefix(name, "**/"); ok {
				name, got = inner, path.Base(part)
			}
			if ok, err := path.Match(name, got); err != nil {
				t.Fatal(err)
			} else if ok {
				in = back
			}
			if strings.HasPrefix(pattern, "**/") {
				name = pattern
			}
		}
	}
	return in
}
