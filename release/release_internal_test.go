package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

const (
	repo     = ".."
	buildAll = "CLAIMCHECK_TEST_RELEASE" // 1: build; it takes a minute or more
)

var when = time.Date(2026, 11, 28, 4, 5, 6, 0, time.UTC)

// TestAReleaseIsTheSameTwice makes a release of the last commit for Linux, twice,
// and looks at what is in it.
func TestAReleaseIsTheSameTwice(t *testing.T) {
	if os.Getenv(buildAll) != "1" { //nolint:forbidigo // tests have no configuration but their environment
		t.Skip(buildAll + "=1 builds releases (make packages)")
	}
	testneeds.Program(t, "git", "git")
	t.Chdir(repo)
	out := filepath.Join(t.TempDir(), "dist")
	var said bytes.Buffer
	if err := run(t.Context(), []string{"--out=" + out, "--targets=linux/amd64"}, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Log(said.String())
	if n := strings.Count(said.String(), "made twice, the same"); n != 2 {
		t.Errorf("%d files are the same twice, want 2", n)
	}
	checkSums(t, out)
	checkArchive(t, out, "linux/amd64")
}

// TestEachSystemsLicencesAreKnown: what is linked for some systems alone is to be
// found out before a release.
func TestEachSystemsLicencesAreKnown(t *testing.T) {
	if os.Getenv(buildAll) != "1" { //nolint:forbidigo // tests have no configuration but their environment
		t.Skip(buildAll + "=1 looks for modules of all systems (make packages)")
	}
	b := bench{folder: repo}
	for _, to := range allTargets {
		folders, err := b.folders(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		delete(folders, "claimcheck")
		if len(folders) < 30 {
			t.Errorf("%s: %d modules are linked", to, len(folders))
		}
		for name, dirs := range folders {
			texts, err := noticesOf(dirs)
			if err == nil {
				_, err = licencesOf(texts)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", to, name, err)
			}
		}
	}
}

// checkSums: the file of sums is what sha256sum would say of what is there.
func checkSums(t *testing.T, out string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, sumsName))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 3 {
		t.Fatalf("there are %v, %v", entries, err)
	}
	for _, e := range entries {
		if e.Name() == sumsName {
			continue
		}
		b, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(b), e.Name())
	}
	if string(text) != want.String() {
		t.Errorf("the sums are\n%swant\n%s", text, want.String())
	}
}

func checkArchive(t *testing.T, out, name string) {
	t.Helper()
	targets, err := parseTargets(name)
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(out, "*"+targets[0].system+"*"))
	if err != nil || len(names) != 2 {
		t.Fatalf("there are %v, %v", names, err)
	}
	i := slices.IndexFunc(names, func(n string) bool { return !strings.HasSuffix(n, ".json") })
	content := unpacked(t, names[i])
	for _, want := range append([]string{targets[0].programName(), "LICENCES.txt", "README.md", "CHANGELOG.md", "INSTALL.md"}, "claimcheck.cdx.json") {
		if len(content[want]) == 0 {
			t.Errorf("%s has no %s", names[i], want)
		}
	}
	var bill bom
	if err := json.Unmarshal(content["claimcheck.cdx.json"], &bill); err != nil {
		t.Fatal(err)
	}
	if got := bill.Metadata.Component.Hashes[0].Content; got != fmt.Sprintf("%x", sha256.Sum256(content[targets[0].programName()])) {
		t.Errorf("the bill is of another program: %s", got)
	}
	checkBill(t, bill, content)
	judged(t, bill, content[targets[0].programName()])
}

// checkBill: every part has a licence, in the bill and in full.
func checkBill(t *testing.T, bill bom, content map[string][]byte) {
	t.Helper()
	if len(bill.Components) < 30 {
		t.Errorf("the program is made of %d parts", len(bill.Components))
	}
	for _, c := range bill.Components {
		if len(c.Licences) == 0 || !bytes.Contains(content["LICENCES.txt"], []byte("\n"+c.Name+" "+c.Version+" (")) {
			t.Errorf("%s has no licence", c.Name)
		}
	}
	for _, want := range []string{"std", "preact", "github.com/jackc/pgx/v5", "modernc.org/sqlite"} {
		if !slices.ContainsFunc(bill.Components, func(c component) bool { return c.Name == want }) {
			t.Errorf("%s is not in the bill", want)
		}
	}
	for _, never := range []string{"pgregory.net/rapid", "github.com/google/go-cmp"} {
		if slices.ContainsFunc(bill.Components, func(c component) bool { return c.Name == never }) {
			t.Errorf("%s, which is for tests, is in the bill", never)
		}
	}
}

// judged compares the bill with that of CycloneDX's own program, which lists the
// modules of Go, and their sums.
func judged(t *testing.T, bill bom, program []byte) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(cache, "claimcheck-tools", "cyclonedx-gomod")
	if _, err := os.Stat(tool); errors.Is(err, fs.ErrNotExist) {
		testneeds.Missing(t, "cyclonedx-gomod in "+filepath.Dir(tool)+" (sh ./needs.sh)")
	}
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, program, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "bin", "-json", "-std", "-short-purls", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs bom
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	parts := func(b bom) (all []string) {
		for _, c := range b.Components {
			if strings.HasPrefix(c.PURL, "pkg:npm/") {
				continue
			}
			line := c.Name + " " + strings.TrimPrefix(c.Version, "go")
			for _, h := range c.Hashes {
				line += " " + h.Algorithm + " " + h.Content
			}
			all = append(all, line)
		}
		slices.Sort(all)
		return all
	}
	if ours, want := parts(bill), parts(theirs); !slices.Equal(ours, want) {
		t.Errorf("the bill says\n%s\nand CycloneDX's own program\n%s", strings.Join(ours, "\n"), strings.Join(want, "\n"))
	}
}

// unpacked are the files of an archive by their base names; all are of one folder
// and time, and of nobody.
func unpacked(t *testing.T, name string) map[string][]byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if all[filepath.Base(f.Name)], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Mode&0o022 != 0 {
			t.Errorf("%s is of %d:%d %s with mode %o", h.Name, h.Uid, h.Gid, h.Uname, h.Mode)
		}
		if all[filepath.Base(h.Name)], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnArchiveIsTheSameTwice(t *testing.T) {
	files := []file{{"claimcheck", []byte("program"), true}, {"README.md", []byte("text"), false}}
	for name, pack := range map[string]func(string, []file, time.Time) ([]byte, error){"tar.gz": tarball, "zip": zipped} {
		one, err1 := pack("folder", files, when)
		two, err2 := pack("folder", slices.Clone(files), when.In(time.FixedZone("elsewhere", 20700)))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if name == "zip" { // its times are written in the zone that they are given in
			two, _ = pack("folder", files, when)
		}
		if !bytes.Equal(one, two) {
			t.Errorf("two archives of form %s differ", name)
		}
		file := filepath.Join(t.TempDir(), "a."+name)
		if err := os.WriteFile(file, one, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := unpacked(t, file); string(got["claimcheck"]) != "program" || string(got["README.md"]) != "text" {
			t.Errorf("the archive of form %s has %q", name, got)
		}
	}
}

func TestWhatDiffersIsSaid(t *testing.T) {
	a := product{"x.tar.gz", []byte("abc"), false}
	for _, c := range []struct {
		b    product
		want string
	}{
		{a, ""},
		{product{"x.tar.gz", []byte("abd"), false}, "from byte 2"},
		{product{"x.tar.gz", []byte("ab"), false}, "3 bytes, the second time 2"},
		{product{"y.tar.gz", []byte("abc"), false}, "is called y.tar.gz"},
	} {
		if err := same(a, c.b); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestTheVersionIsThatOfTheTag(t *testing.T) {
	for tags, want := range map[string]string{"": devVersion, "\n": devVersion, "v1.2.3\n": "1.2.3", "v1.3.0\nv1.2.9\n": "1.3.0", "v2.0.0-rc.1\n": "2.0.0-rc.1"} {
		if got := versionOf(tags); got != want {
			t.Errorf("of %q: got %s, want %s", tags, got, want)
		}
	}
}

func TestUnknownTargetsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"--targets=plan9/amd64"}, {"--targets=linux"}, {"more"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	if all, err := parseTargets(""); err != nil || len(all) != 6 {
		t.Errorf("all targets are %v, %v", all, err)
	}
}

func TestALicenceThatNobodyHasReadIsRefused(t *testing.T) {
	mit := "Permission is hereby granted, free of charge, to any person obtaining\na copy ...\nThe above copyright notice and this permission notice shall be included"
	bsd := "Redistribution and use in source and binary forms, with or without ... may be used to\nendorse or promote products derived"
	for _, c := range []struct {
		texts []notice
		want  string
	}{
		{[]notice{{"LICENSE", mit}}, "[MIT]"},
		{[]notice{{"LICENSE", bsd}, {"snappy/LICENSE", mit}, {"NOTICE", "by somebody"}}, "[BSD-3-Clause MIT]"},
		{[]notice{{"LICENSE", "Ask us first."}}, "[]"},
		{[]notice{{"LICENSE", mit}, {"lib/LICENSE", "Ask us first."}}, "[]"},
		{[]notice{{"NOTICE", "by somebody"}}, "[]"},
	} {
		got, err := licencesOf(c.texts)
		if fmt.Sprint(got) != c.want || (err != nil) != (c.want == "[]") {
			t.Errorf("%v: got %v, %v, want %s", c.texts, got, err, c.want)
		}
	}
	if _, err := noticesOf([]string{t.TempDir()}); err == nil {
		t.Error("a module without a text is handed out")
	}
}

// TestTheDockerfileBuildsWithTheSameFlags as a release does.
func TestTheDockerfileBuildsWithTheSameFlags(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repo, "deploy", "docker", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	line := "go build"
	for _, f := range flags("${VERSION}", "${COMMIT}") {
		if strings.Contains(f, " ") {
			f = `"` + f + `"`
		}
		line += " " + f
	}
	if !strings.Contains(string(text), line) {
		t.Errorf("the Dockerfile does not have %s", line)
	}
	b := bench{from: identity{at: when}}
	var lacks []string
	for _, v := range b.command(t.Context(), target{"linux", "amd64"}, "go").Env {
		if name, _, _ := strings.Cut(v, "="); slices.Contains([]string{"CGO_ENABLED", "GOAMD64", "GOARM64", "GOFLAGS", "GOWORK"}, name) && !strings.Contains(string(text), v) && os.Getenv(name) == "" { //nolint:forbidigo // of the test's own surroundings
			lacks = append(lacks, v)
		}
	}
	if len(lacks) > 0 {
		t.Errorf("the Dockerfile does not set %v", lacks)
	}
}

func TestAFolderWithOtherThingsIsLeftAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "dist")
	if err := empty(folder); err != nil {
		t.Errorf("not there: %v", err)
	}
	put := func(name string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, name), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put("claimcheck_1.0.0_linux_amd64.tar.gz")
	put(sumsName)
	put("thesis.txt")
	if err := empty(folder); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("with something else: %v", err)
	}
	if all, err := os.ReadDir(folder); err != nil || len(all) != 3 {
		t.Errorf("%d files are left, %v; want all 3", len(all), err)
	}
	if err := os.Remove(filepath.Join(folder, "thesis.txt")); err != nil {
		t.Fatal(err)
	}
	if err := empty(folder); err != nil {
		t.Errorf("of an earlier release: %v", err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
