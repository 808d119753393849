package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A target is a system and a processor, in Go's words.
type target struct{ system, processor string }

func (t target) String() string { return t.system + "/" + t.processor }

var allTargets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

func parseTargets(names string) ([]target, error) {
	if names == "" {
		return allTargets, nil
	}
	var targets []target
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(allTargets, func(t target) bool { return t.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("%q is none of %v", name, allTargets)
		}
		targets = append(targets, allTargets[i])
	}
	return targets, nil
}

// programName is what the program is called on a system.
func (t target) programName() string {
	if t.system == "windows" {
		return "claimcheck.exe"
	}
	return "claimcheck"
}

// flags are those of go build for every program that is handed out; the Dockerfile
// has the same. Without a path, a time, a table of symbols or a word of git in them
// the same sources give the same bytes with the same version of Go.
func flags(version, commit string) []string {
	return []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid= -X main.version=" + version + " -X main.commit=" + commit}
}

// A bench is a folder with the sources, and what surrounds a build there.
type bench struct {
	folder  string
	cache   string   // of the go command; empty: the user's
	umask   string   // empty: the user's
	environ []string // NAME=value beside the user's
	from    identity
}

// A product is a file that is made.
type product struct {
	name    string
	content []byte
	inside  bool // of an archive, and not handed out by itself
}

// make builds the program for a target and all that goes with it.
func (b bench) make(ctx context.Context, t target) ([]product, error) {
	program := filepath.Join(b.folder, "built", t.system+"-"+t.processor, t.programName())
	if err := b.build(ctx, t, program); err != nil {
		return nil, err
	}
	if err := b.judge(ctx, t, program); err != nil {
		return nil, err
	}
	modules, err := b.modules(ctx, t, program)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(program) //nolint:gosec // we have just made it
	if err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	bom, err := b.bom(t, modules, content)
	if err != nil {
		return nil, err
	}
	base := "claimcheck_" + b.from.version + "_" + t.system + "_" + t.processor
	files := []file{{t.programName(), content, true}, {"LICENCES.txt", b.notices(modules), false}, {"claimcheck.cdx.json", bom, false}}
	for _, name := range slices.Sorted(slices.Values(b.documents(t))) {
		text, err := os.ReadFile(filepath.Join(b.folder, name)) //nolint:gosec // of the sources
		if err != nil {
			return nil, fmt.Errorf("read a document: %w", err)
		}
		files = append(files, file{filepath.Base(name), text, false})
	}
	name, pack := base+".tar.gz", tarball
	if t.system == "windows" {
		name, pack = base+".zip", zipped
	}
	packed, err := pack(base, files, b.from.at)
	if err != nil {
		return nil, err
	}
	return []product{{t.programName(), content, true}, {name, packed, false}, {base + ".cdx.json", bom, false}}, nil
}

// documents are the files of the sources that go into an archive.
func (b bench) documents(t target) []string {
	all := []string{"README.md", "CHANGELOG.md", "docs/INSTALL.md"}
	if t.system == "linux" {
		all = append(all, "deploy/systemd/claimcheck.service")
	}
	return all
}

func (b bench) build(ctx context.Context, t target, program string) error {
	args := slices.Concat([]string{"go", "build"}, flags(b.from.version, b.from.commit), []string{"-o", program, "./cmd/claimcheck"})
	if b.umask != "" && runtime.GOOS != "windows" {
		args = append([]string{"sh", "-c", `umask "$0" && exec "$@"`, b.umask}, args...)
	}
	out, err := b.command(ctx, t, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// command is one that runs in the folder of the sources and builds for a target.
func (b bench) command(ctx context.Context, t target, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // all of it is said here
	cmd.Dir = b.folder
	cmd.Env = append(os.Environ(), "GOOS="+t.system, "GOARCH="+t.processor, "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0",
		"GOFLAGS=-mod=readonly", "GOWORK=off", "GOEXPERIMENT=", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", b.from.at.Unix()))
	if b.cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+b.cache)
	}
	cmd.Env = append(cmd.Env, b.environ...)
	return cmd
}

// judge looks whether a program is what it should be: for its target, without C,
// on Linux without a library that would have to be there, and one that runs and
// knows its version, where this machine is of its kind.
func (b bench) judge(ctx context.Context, t target, program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return fmt.Errorf("read what the program is made of: %w", err)
	}
	for _, want := range [][2]string{{"GOOS", t.system}, {"GOARCH", t.processor}, {"CGO_ENABLED", "0"}, {"-trimpath", "true"}} {
		if got := setting(info, want[0]); got != want[1] {
			return fmt.Errorf("it was built with %s %q instead of %q", want[0], got, want[1])
		}
	}
	if t.system == "linux" {
		if err := static(program); err != nil {
			return err
		}
	}
	if t.system != runtime.GOOS || t.processor != runtime.GOARCH {
		return nil
	}
	out, err := exec.CommandContext(ctx, program, "version", "--json").CombinedOutput()
	if err != nil {
		return fmt.Errorf("it does not run: %w\n%s", err, out)
	}
	for _, want := range []string{`"version":"` + b.from.version + `"`, `"commit":"` + b.from.commit + `"`} {
		if !bytes.Contains(out, []byte(want)) {
			return fmt.Errorf("it says of itself %s, want %s", out, want)
		}
	}
	return nil
}

func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// static fails if a program of Linux needs a loader or a library.
func static(program string) error {
	f, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("read what the program needs: %w", err)
	}
	if len(libraries) > 0 || slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return fmt.Errorf("it is not static: it needs %v", libraries)
	}
	return nil
}

// same fails and says where two products differ.
func same(a, b product) error {
	if a.name != b.name {
		return fmt.Errorf("%s is called %s the second time", a.name, b.name)
	}
	if bytes.Equal(a.content, b.content) {
		return nil
	}
	if len(a.content) != len(b.content) {
		return fmt.Errorf("%s has %d bytes, the second time %d", a.name, len(a.content), len(b.content))
	}
	for i := range a.content {
		if a.content[i] != b.content[i] {
			return fmt.Errorf("%s differs the second time, from byte %d on", a.name, i)
		}
	}
	return errors.New("two equal files are said to differ")
}
