package packages_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// TestThePackagesOwnTests runs them as their READMEs say, and what else is in these,
// from the text that a reader sees.
func TestThePackagesOwnTests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	printed := "{\n  \"a\": [\n    1,\n    2\n  ]\n}\nTrue\nsuccess {\"a\":[1,2]}\n29 of 29\nsuccess\nINVALID_JSON 2 6\n1\n"
	t.Run("python", func(t *testing.T) {
		before := "PATH=" + filepath.Dir(pythonProgram(t)) + ":$PATH\n"
		folder := t.TempDir()
		root, err := filepath.Abs(filepath.Dir(clients))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, "clients"), filepath.Join(folder, "clients")); err != nil {
			t.Fatal(err)
		}
		out := w.readme(t, filepath.Join(clients, "python"), folder, "python", "try.py", before)
		if want := strings.Replace(printed, "True\n", "", 1); strings.ReplaceAll(out, "True\n", "") != want {
			t.Errorf("it prints\n%s\nwant\n%s", out, want)
		}
	})
	t.Run("typescript", func(t *testing.T) {
		testneeds.Program(t, "npm (apt-get install npm)", "npm")
		out := w.readme(t, filepath.Join(clients, "typescript"), typescript(t), "js", "try.mjs", "")
		want := strings.Replace(printed, "True\n", "", 1) + "success\n"
		if !strings.Contains(strings.ReplaceAll(out, "true\n", ""), want) || !strings.Contains(out, "# fail 0\n") {
			t.Errorf("it prints\n%s\nwant in it\n%s", out, want)
		}
	})
}

// readme writes the program that a README has and runs its commands in a folder, after
// others.
func (w *world) readme(t *testing.T, of, folder, language, name, before string) (stdout string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(of, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	fence := func(of string) string {
		all := regexp.MustCompile("(?ms)^```"+of+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
		if len(all) != 1 {
			t.Fatalf("%s has %d blocks of %s, want 1", of, len(all), of)
		}
		return all[0][1]
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(fence(language)), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := strings.NewReplacer("http://localhost:8080", w.URL, "your-key", w.server.Key("readme-"+language, "--plan=open")).Replace(fence("sh"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-euc", before+commands)
	testneeds.DieWithParent(cmd)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "NO_UPDATE_NOTIFIER=1")
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, &log)
	}
	return string(out)
}

// TestTypesOfPython has mypy judge the package and its tests, and see mistakes.
func TestTypesOfPython(t *testing.T) {
	t.Parallel()
	exe := pythonProgram(t)
	if err := exec.CommandContext(t.Context(), exe, "-c", "import mypy").Run(); err != nil {
		testneeds.Missing(t, "mypy (apt-get install python3-mypy)")
	}
	mistakes := filepath.Join(t.TempDir(), "mistakes.py")
	text := "from claimcheck import Client\n\nc = Client('http://a', 'k')\nc.submit('x', 7)\nc.wait('x')['state']\nfor job in c.list(state='x'):\n    pass\n"
	if err := os.WriteFile(mistakes, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mypy := func(files ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), exe, append([]string{"-m", "mypy", "--config-file=pyproject.toml", "--cache-dir=" + t.TempDir()}, files...)...)
		cmd.Dir = filepath.Join(clients, "python")
		cmd.Env = append(os.Environ(), "MYPYPATH=.")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := mypy("claimcheck.py", "tests"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := mypy(mistakes)
	for _, line := range []string{":4: error: ", ":5: error: ", ":6: error: "} {
		if err == nil || !strings.Contains(out, line) {
			t.Errorf("the mistake%s is not seen:\n%s", line, out)
		}
	}
}

// TestTypesOfTypeScript compiles a program that uses the package rightly and, where
// a comment says so, wrongly.
func TestTypesOfTypeScript(t *testing.T) {
	t.Parallel()
	folder := compiled(t)
	program := `import { Client, type Status } from 'claimcheck'
const c = new Client('http://a', 'k')
export async function use(): Promise<string> {
  const s: Status = await c.wait('x', { timeout: 3 })
  // @ts-expect-error there is no result before the status is known
  s.result
  if (s.status === 'success') return s.result.preview
  if (s.status === 'failed') return s.error.code
  // @ts-expect-error no number is an input
  await c.submit('x', 7)
  // @ts-expect-error no such filter
  for await (const job of c.list({ state: 'x' })) console.log(job.job_id)
  for await (const job of c.list({ full: true })) console.log(job.tool, job.attempts.length)
  const raw: string = await c.result('x', { raw: true })
  const bytes: Uint8Array = await c.download('x')
  const written: void = await c.download('x', { path: 'y' })
  return raw + bytes.length + String(written) + s.message
}
`
	if err := os.WriteFile(filepath.Join(folder, "use.mts"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	config := `{"extends": "./tsconfig.json", "compilerOptions": {"noEmit": true, "rootDir": "."}, "include": ["use.mts"]}`
	if err := os.WriteFile(filepath.Join(folder, "use.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tsc(t, folder, "-p", "use.json")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
