package main_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// after returns what many power cuts leave of a file, each content once, and
// "gone" where it is not there.
func after(t *testing.T, d *simDisk, path string) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for i := range 200 {
		into := t.TempDir()
		if _, err := d.cutPower(rand.New(rand.NewPCG(uint64(i), 0))).materialize(d.root, into); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(into, path))
		if err != nil {
			b = []byte("gone")
		}
		seen[string(b)] = true
	}
	return seen
}

func wantAfter(t *testing.T, d *simDisk, path string, want ...string) {
	t.Helper()
	seen := after(t, d, path)
	for _, w := range want {
		if !seen[w] {
			t.Errorf("%s: no cut left %.40q", path, w)
		}
		delete(seen, w)
	}
	for s := range seen {
		t.Errorf("%s: a cut left %.40q", path, s)
	}
}

func TestTheSimulatedDiskKeepsNoMoreAndNoLessThanItMust(t *testing.T) {
	t.Parallel()
	d := newDisk()
	f := d.node(false)
	d.rename(entry{d.root, "f", f})
	f.write(&writing{data: []byte("one")})
	wantAfter(t, d, "f", "gone", "", "one")

	d.beginSync(f).end() // the content lasts, the name does not
	wantAfter(t, d, "f", "gone", "one")
	d.beginSync(d.root).end()
	wantAfter(t, d, "f", "one")

	begun := d.beginSync(f)
	f.write(&writing{offset: 3, data: []byte("two")})
	begun.end() // it began before the write
	wantAfter(t, d, "f", "one", "onetwo")
	f.write(&writing{offset: 6, data: []byte("three")})
	wantAfter(t, d, "f", "one", "onetwo", "onetwothree", "one\x00\x00\x00three")
	f.write(&writing{offset: 3})
	d.beginSync(f).end()
	wantAfter(t, d, "f", "one")

	folder := d.node(true)
	d.rename(entry{d.root, "in", folder})
	d.rename(entry{d.root, "f", nil}, entry{folder, "g", f}) // moved: never in neither, never in both
	d.beginSync(folder).end()
	wantAfter(t, d, "f", "gone")
	wantAfter(t, d, "in/g", "gone", "one") // the folder itself may be lost, with all that is in it
	d.beginSync(d.root).end()
	wantAfter(t, d, "in/g", "one")
	d.rename(entry{folder, "g", nil})
	wantAfter(t, d, "in/g", "one", "gone")
}

func TestTheSimulatedDiskTearsWritesAtSectors(t *testing.T) {
	t.Parallel()
	d := newDisk()
	f := d.node(false)
	d.rename(entry{d.root, "f", f})
	f.write(&writing{data: bytes.Repeat([]byte("a"), 4*sector)})
	d.beginSync(f).end()
	d.beginSync(d.root).end()
	f.write(&writing{offset: 100, data: bytes.Repeat([]byte("b"), 3*sector)})
	torn := 0
	for content := range after(t, d, "f") {
		if len(content) != 4*sector {
			t.Fatalf("a cut left %d bytes, want %d", len(content), 4*sector)
		}
		for at := 0; at < len(content); at += sector {
			from, to := max(at, 100), min(at+sector, 100+3*sector)
			if part := content[from:to]; strings.Trim(part, "a") != "" && strings.Trim(part, "b") != "" {
				t.Errorf("the sector at %d was torn: %q", at, part)
			}
		}
		if n := strings.Count(content, "b"); n > 0 && n < 3*sector {
			torn++
		}
	}
	if torn < 3 {
		t.Errorf("only %d torn writes", torn)
	}
}

func TestTheLogOfStraceIsUnderstood(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	text := `7 mkdirat(AT_FDCWD, "\x2f\x62\x2f\x64", 0700) = 0
7 openat(AT_FDCWD, "\x2f\x62\x2f\x64", O_RDONLY|O_CLOEXEC) = 5
7 openat(5, "\x66", O_WRONLY|O_CREAT, 0600 <unfinished ...>
8 write(3, "\x48\x54\x54\x50\x2f\x31\x2e\x31\x20\x32\x30\x30\x0d\x0a\x58\x2d\x52\x65\x71\x75\x65\x73\x74\x2d\x49\x64\x3a\x20\x69\x64\x0d\x0a", 32) = 32
7 <... openat resumed>) = 6
7 pwrite64(6, "\x61\x62\x63", 3, 2) = 3
7 writev(6, [{iov_base="\x78", iov_len=1}, {iov_base="\x79", iov_len=1}], 2) = 2
8 openat(AT_FDCWD, "\x2f\x6e\x6f", O_RDONLY) = -1 ENOENT (No such file or directory)
7 close(6 <unfinished ...>
8 rename("\x2f\x62\x2f\x64\x2f\x66", "\x2f\x62\x2f\x64\x2f\x67") = 0
7 <... close resumed>) = 0
7 +++ exited with 0 +++
7 half a li`
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	steps, err := readLog(log)
	if err != nil || len(steps) != 18 {
		t.Fatalf("got %d steps, %v, want 18", len(steps), err)
	}
	var said string
	r := newReplay("/b", func(b []byte) { said += string(b) })
	for i, s := range steps {
		if err := r.step(s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	if status, id := answerIn([]byte(said)); status != 200 || id != "id" {
		t.Errorf("got %d %q of %q, want 200 id", status, id, said)
	}
	d := r.disk.root.folder["d"]
	if d == nil || len(d.folder) != 1 || d.folder["g"] == nil || string(d.folder["g"].content) != "xyabc" {
		t.Errorf("got %+v, want a folder d with a file g", d)
	}
	if len(r.fds) != 1 {
		t.Errorf("%d files are open, want 1", len(r.fds))
	}
}
