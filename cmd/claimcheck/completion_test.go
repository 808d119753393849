package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A shell says what it would complete a line to, one a line.
type shell struct {
	name   string
	script string // gets the program's script as $1 and the line as $2
}

var shells = []shell{
	{"bash", `. /usr/share/bash-completion/bash_completion && . "$1" || exit
COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9
case $2 in *' ') COMP_WORDS=($2 '');; *) COMP_WORDS=($2);; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; } # the library's wishes about spaces, which need a real line
_completion_loader 2>/dev/null
$(complete -p claimcheck | sed 's/.*-F \([^ ]*\) .*/\1/')
printf '%s\n' "${COMPREPLY[@]}"`},
	{"zsh", `autoload -Uz compinit && compinit -D && source "$1" || exit
words=(${=2}) CURRENT=${#words}
[[ $2 == *' ' ]] && { words+=(''); CURRENT=$((CURRENT + 1)) }
_describe() { print -rl -- ${completions} }
_arguments() { print files }
eval "$_comps[claimcheck]"`},
	{"fish", `source $argv[1]; complete -C $argv[2]`},
}

// completed are the words that the shell would complete the line to, without their
// descriptions, and all that it printed.
func (s shell) completed(t *testing.T, env []string, line string) (words []string, all string) {
	t.Helper()
	dir := t.TempDir()
	script := serverproc.Run(t, env, "completion", s.name)
	file := filepath.Join(dir, "completion")
	if script.Code != 0 || script.Stderr != "" {
		t.Fatalf("got %+v", script)
	}
	if err := os.WriteFile(file, []byte(script.Stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-c", s.script, s.name, file, line}
	switch s.name {
	case "fish":
		args = []string{"--no-config", "-c", s.script, file, line}
	case "zsh":
		args = append([]string{"-f"}, args...)
	}
	if s.name == "bash" {
		if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil {
			testneeds.Missing(t, "what bash completes by (apt-get install bash-completion)")
		}
	}
	cmd := exec.CommandContext(t.Context(), testneeds.Program(t, s.name+" (apt-get install "+s.name+")", s.name), args...)
	cmd.Env = append(slices.Concat(os.Environ(), env), "HOME="+dir, "PATH="+filepath.Dir(serverproc.Program(t))+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for text := range strings.Lines(string(out)) {
		if word, _, _ := strings.Cut(strings.Fields(text + " -")[0], ":"); word != "" {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return words, string(out)
}

func TestShellsCompleteCommandLines(t *testing.T) {
	t.Parallel()
	server := serverproc.Start(t, serverproc.Options{})
	config := t.TempDir()
	env := []string{"XDG_CONFIG_HOME=" + config, "CLAIMCHECK_URL=" + server.URL, "CLAIMCHECK_API_KEY=" + server.Key("ann")}
	for _, s := range shells {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct {
				line string
				want []string // among others, if more is told
				most int      // words
			}{
				{"claimcheck keys ", []string{"create", "list", "revoke", "rotate"}, 4},
				{"claimcheck keys cr", []string{"create"}, 1},
				{"claimcheck help keys ro", []string{"rotate"}, 1},
				{"claimcheck completion z", []string{"zsh"}, 1},
				{"claimcheck serve --max-a", []string{"--max-attempts"}, 1},
				{"claimcheck tools json-m", []string{"json-minify"}, 1},
				{"claimcheck tools ", []string{"json-formatter", "json-minify", "pause", "purge", "resume"}, 90},
			} {
				got, all := s.completed(t, env, c.line)
				for _, word := range c.want {
					if !slices.Contains(got, word) || len(got) > c.most {
						t.Errorf("%q: got %q, want %q:\n%s", c.line, got, c.want, all)
						break
					}
				}
			}
		})
	}
}

// TestACompletionThatCannotAskIsSilent completes the name of a tool where no server
// can be asked.
func TestACompletionThatCannotAskIsSilent(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{
		{"XDG_CONFIG_HOME=" + t.TempDir()},
		{"CLAIMCHECK_URL=http://127.0.0.1:1", "CLAIMCHECK_API_KEY=ck_x"},
		{"CLAIMCHECK_URL=ftp://127.0.0.1", "CLAIMCHECK_API_KEY=ck_x"},
	} {
		r := serverproc.Run(t, env, "__complete", "tools", "json")
		if r.Code != 0 || r.Stdout != ":4\n" || strings.Contains(r.Stderr, "127.0.0.1") {
			t.Errorf("%q: got %+v", env, r)
		}
	}
}
