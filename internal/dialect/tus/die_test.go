package tus_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// TestServersMayDieAtAnyByte: what was told stays, and the file is whole in the end,
// whether the same server is started again or another goes on.
func TestServersMayDieAtAnyByte(t *testing.T) {
	for _, c := range []struct {
		name   string
		others bool // servers share a database and a folder
		cuts   int
	}{{"the same server", false, 6}, {"another server", true, 2}} { // which waits for the end of a lease
		t.Run(c.name, func(t *testing.T) {
			content := make([]byte, 1<<20)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			for i := range content {
				content[i] = byte(random.Uint32())
			}
			o := serverproc.Options{Data: serverproc.Folder(t)}
			files := filepath.Join(o.Data, "files")
			var key string
			if c.others {
				files = filepath.Join(t.TempDir(), "files")
				o.Args = []string{"--store=" + pgproc.Database(t), "--blobs=file://" + files}
			}
			s := serverproc.Start(t, o)
			if c.others {
				r := serverproc.Run(t, nil, "keys", "create", "--owner=ann", o.Args[0])
				key = string(bytes.TrimSpace([]byte(r.Stdout)))
			} else {
				key = s.Key("ann")
			}
			f := &fixture{t: t, url: s.URL, log: &serverproc.Log{}, keys: map[string]string{"ann": key}}
			path := f.create(len(content))
			for range c.cuts {
				at := f.arrived(path)
				left := random.IntN(max(1, (len(content)-at)/2))
				body := &dyingBody{from: bytes.NewReader(content[at:]), left: left, die: func() {
					f.until("some of it is there", func() bool { return left < 32<<10 || largest(files) > int64(at+left/2) })
					s.Kill()
				}}
				first := f.begin(path, at, body)
				_ = first.wait(t)
				<-s.Ended()
				if c.others {
					o.Data = serverproc.Folder(t)
				}
				s = serverproc.Start(t, o)
				f.url = s.URL
				now := f.arrived(path)
				t.Logf("killed after %d + %d bytes, of which %d are there", at, left, now)
				f.patch(http.StatusNoContent, path, now, string(content[now:now+10_000]))
				if now < at {
					t.Fatalf("%d bytes are there, and %d were told before", now, at)
				}
			}
			at := f.arrived(path)
			f.patch(http.StatusNoContent, path, at, string(content[at:]))
			if got := f.arrived(path); got != len(content) {
				t.Errorf("in the end there are %d bytes", got)
			}
			if !hasFile(t, files, sha256.Sum256(content)) {
				t.Error("the file is not what was sent")
			}
			s.Stop()
		})
	}
}

// arrived is the offset, for which a server may have to wait until a dead one's
// lease is over.
func (f *fixture) arrived(path string) int {
	f.t.Helper()
	n, err := strconv.Atoi(f.offset(path))
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// A dyingBody kills the server after so many bytes.
type dyingBody struct {
	from io.Reader
	left int
	die  func()
}

// Read implements [io.Reader].
func (b *dyingBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if b.die != nil {
			b.die()
			b.die = nil
		}
		return 0, context.Canceled
	}
	n, err := b.from.Read(p[:min(len(p), b.left, 8<<10)])
	b.left -= n
	return n, err
}

// largest is the size of the largest file in a folder.
func largest(folder string) (size int64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				size = max(size, info.Size())
			}
		}
		return nil
	})
	return size
}

// hasFile reports whether a folder has a file of this digest.
func hasFile(t *testing.T, folder string, want [32]byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || err == nil && sha256.Sum256(b) == want
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestASilentTransferIsEnded: after 20 s, what it brought is kept.
func TestASilentTransferIsEnded(t *testing.T) {
	f := serve(t, worlds[0], "")
	path := f.create(9)
	body := newSlowBody()
	first := f.begin(path, 0, body)
	body.send(t, "abc")
	began := time.Now()
	a := first.wait(t)
	body.end(t)
	if took := time.Since(began); a.status != http.StatusInternalServerError && a.status != 0 || took < 15*time.Second {
		t.Errorf("after %v the answer was %v", took, a)
	}
	if got := f.offset(path); got != "3" {
		t.Errorf("there are %s bytes, want 3", got)
	}
	f.patch(http.StatusNoContent, path, 3, "defghi")
}
