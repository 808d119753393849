package deploy_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// exposure is the most that systemd may find of what the service can do on its
// machine, in tenths: 0 is nothing, 100 everything.
const exposure = "15"

const unitName = "claimcheck.service"

// installed is the unit with the program of the test as if it were installed.
func installed(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), unitName)
	text := strings.ReplaceAll(read(t, "systemd", unitName), "/usr/local/bin/claimcheck", serverproc.Program(t))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheUnitIsWhatSystemdReads(t *testing.T) {
	analyze := testneeds.Program(t, "systemd-analyze (apt-get install systemd)", "systemd-analyze")
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", installed(t)).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", "--threshold="+exposure, "--no-pager", installed(t)).CombinedOutput()
	if err != nil {
		t.Errorf("security: %v\n%s", err, out)
	}
}

// TestTheSocketIsTheServices: systemd reads it, and hands it to the service, which takes
// it by the name that it has there.
func TestTheSocketIsTheServices(t *testing.T) {
	analyze := testneeds.Program(t, "systemd-analyze (apt-get install systemd)", "systemd-analyze")
	unit := installed(t)
	socket := filepath.Join(filepath.Dir(unit), "claimcheck.socket")
	text := read(t, "systemd", "claimcheck.socket")
	if err := os.WriteFile(socket, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", socket, unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File() //nolint:errcheck // that is what tcp is
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	name := regexp.MustCompile(`(?m)^FileDescriptorName=(.*)$`).FindStringSubmatch(text)
	if name == nil {
		t.Fatal("it has no name")
	}
	s := serverproc.Start(t, serverproc.Options{
		Files: []*os.File{file}, Args: []string{"--listen=systemd"},
		Under: []string{"/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=" + name[1] + ` exec "$@"`, "sh"},
	})
	if s.URL != "http://"+l.Addr().String() {
		t.Errorf("the server is at %s", s.URL)
	}
	s.Stop()
}

// of is the value of a setting of the unit.
func of(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(read(t, "systemd", unitName))
	if m == nil {
		t.Fatalf("the unit has no %s", name)
	}
	return m[1]
}

// TestTheUnitStartsTheServer with the arguments of ExecStart and the settings that
// lie beside the unit, under strace: the server calls nothing of the kernel that
// the unit forbids. SIGHUP, SIGTERM and the exit codes are as it says.
func TestTheUnitStartsTheServer(t *testing.T) {
	t.Parallel()
	trace := testneeds.Program(t, "strace (apt-get install strace)", "strace")
	analyze := testneeds.Program(t, "systemd-analyze (apt-get install systemd)", "systemd-analyze")
	command := strings.Fields(of(t, "ExecStart"))
	if command[0] != "/usr/local/bin/claimcheck" {
		t.Errorf("ExecStart is %q", command)
	}
	cfg := settingsOf(t, command[1:], nil, read(t, "systemd", "claimcheck.yaml"))
	if cfg.Data != "/var/lib/"+of(t, "StateDirectory") || filepath.Dir(cfg.File) != "/etc/"+of(t, "ConfigurationDirectory") {
		t.Errorf("the folders are %s and %s", cfg.Data, cfg.File)
	}
	settings := strings.NewReplacer(cfg.OperatorListen, "127.0.0.1:0", cfg.Listen, "127.0.0.1:0").Replace(read(t, "systemd", "claimcheck.yaml"))
	file, log, data := filepath.Join(t.TempDir(), "claimcheck.yaml"), filepath.Join(t.TempDir(), "calls"), serverproc.Folder(t)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverproc.Start(t, serverproc.Options{
		Under: []string{trace, "-D", "-f", "-qq", "-e", "signal=none", "-o", log}, Data: data,
		Args: replaced(t, command[2:], map[string]string{"--config": file, "--data": data}),
	})
	works(t, s, s.Key("ann"))
	s.Stop()
	allowed, forbidden := callsOf(t, analyze)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\d+ +([a-z0-9_]+)\(`).FindAllStringSubmatch(string(text), -1) {
		used[m[1]] = true
	}
	if !used["fdatasync"] && !used["fsync"] {
		t.Errorf("only %d kinds of calls were seen", len(used))
	}
	for name := range used {
		if name == "fchown" && os.Geteuid() == 0 {
			continue // SQLite, but only where it is root, which the service is not
		}
		if !slices.Contains(allowed, name) || slices.Contains(forbidden, name) {
			t.Errorf("the server calls %s, which the unit forbids", name)
		}
	}
}

// callsOf are the calls of the unit's filters, as systemd knows them.
func callsOf(t *testing.T, analyze string) (allowed, forbidden []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^SystemCallFilter=(~?)(.*)$`).FindAllStringSubmatch(read(t, "systemd", unitName), -1) {
		for set := range strings.FieldsSeq(m[2]) {
			if m[1] == "~" {
				forbidden = append(forbidden, expand(t, analyze, set)...)
			} else {
				allowed = append(allowed, expand(t, analyze, set)...)
			}
		}
	}
	return append(allowed, expand(t, analyze, "@default")...), forbidden
}

func expand(t *testing.T, analyze, set string) (all []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), analyze, "syscall-filter", "--no-pager", set).Output()
	if err != nil {
		t.Fatalf("systemd does not know %s: %v", set, err)
	}
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		switch {
		case name == set, strings.HasPrefix(name, "#"), name == "":
		case strings.HasPrefix(name, "@"):
			all = append(all, expand(t, analyze, name)...)
		default:
			all = append(all, name)
		}
	}
	return all
}

// TestAMistakeInTheSettingsIsNotTriedAgain: the exit code is the one that the unit
// does not start anew after.
func TestAMistakeInTheSettingsIsNotTriedAgain(t *testing.T) {
	r := serverproc.Run(t, []string{"CLAIMCHECK_WORKERS=many"}, "serve")
	if got := of(t, "RestartPreventExitStatus"); got != "2" || r.Code != 2 {
		t.Errorf("exit code %d, the unit says %s", r.Code, got)
	}
}
