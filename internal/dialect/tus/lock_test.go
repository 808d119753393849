package tus_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A slowBody is a body that the test sends bit by bit.
type slowBody struct {
	*io.PipeReader
	to *io.PipeWriter
}

func newSlowBody() slowBody {
	r, w := io.Pipe()
	return slowBody{r, w}
}

// send sends a piece.
func (b slowBody) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(b.to, text); err != nil {
		t.Fatal(err)
	}
}

// end ends the body.
func (b slowBody) end(t *testing.T) {
	t.Helper()
	if err := b.to.Close(); err != nil {
		t.Error(err)
	}
}

// A pending request is one whose answer has not come.
type pending struct {
	answer chan answer
	err    chan error
}

// begin makes ann's PATCH with a slow body of so many bytes.
func (f *fixture) begin(path string, offset int, body io.Reader, headers ...string) pending {
	p := pending{make(chan answer, 1), make(chan error, 1)}
	go func() {
		a, err := f.do(request{"ann", "PATCH", path, body, append([]string{"Upload-Offset", strconv.Itoa(offset), "Content-Type", chunk}, headers...)})
		if err != nil {
			p.err <- err
			return
		}
		p.answer <- a
	}()
	return p
}

// wait returns the answer, or one of status 0 if there is none.
func (p pending) wait(t *testing.T) answer {
	t.Helper()
	select {
	case a := <-p.answer:
		return a
	case err := <-p.err:
		t.Logf("no answer: %v", err)
		return answer{}
	case <-time.After(time.Minute):
		t.Fatal("no answer for a minute")
		return answer{}
	}
}

// TestWhoResumesIsGivenTheUpload: a transfer whose client is gone, for all that can
// be known, ends as soon as somebody else asks; what it brought is kept.
func TestWhoResumesIsGivenTheUpload(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		path := f.create(9)
		body := newSlowBody()
		first := f.begin(path, 0, body)
		body.send(t, "abc")
		if f.folder != "" { // a bucket tells nothing of what has not ended
			f.until("the bytes are there", func() bool { return f.holds("abc") })
		}
		got := f.offset(path)
		late := got == "0" && f.folder == ""
		if late { // the first may not have begun: then it brings its bytes when the next wants to go on
			a := f.call("ann", "PATCH", path, "abcdefghi", "Upload-Offset", "0", "Content-Type", chunk)
			if a.status != http.StatusNoContent && a.status != http.StatusConflict {
				t.Fatalf("the next was answered %v", a)
			}
			got = f.offset(path)
		}
		switch got {
		case "3":
			f.patch(http.StatusNoContent, path, 3, "defghi")
		case "9":
		default:
			t.Fatalf("offset %s, want 3", got)
		}
		body.end(t)
		if a := first.wait(t); a.status != 0 && a.status != http.StatusLocked && (!late || a.status != http.StatusConflict) { // if late it may have begun behind the others
			t.Errorf("the first was answered %v", a)
		}
		if got := f.offset(path); got != "9" {
			t.Errorf("in the end %s", got)
		}
	})
}

// holds reports whether the folder of files has one with these bytes.
func (f *fixture) holds(text string) bool {
	found := false
	err := filepath.WalkDir(f.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // it was removed meanwhile
		}
		b, err := os.ReadFile(path)
		found = found || err == nil && string(b) == text
		return nil
	})
	return err == nil && found
}

// TestTwoWritersAtOnceLeaveOneUpload: whoever wins, the bytes are one client's.
func TestTwoWritersAtOnceLeaveOneUpload(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		const size = 200_000
		path := f.create(size)
		var all sync.WaitGroup
		for _, c := range []string{"a", "b", "a", "b"} {
			all.Go(func() {
				for {
					head, err := f.do(request{owner: "ann", method: "HEAD", path: path})
					if err != nil {
						t.Error(err)
						return
					}
					at, err := strconv.Atoi(head.header.Get("Upload-Offset"))
					if head.status == http.StatusLocked {
						continue
					}
					if err != nil || at == size {
						return
					}
					end := min(at+size/8, size)
					a, err := f.do(request{"ann", "PATCH", path, strings.NewReader(strings.Repeat(c, end-at)), []string{"Upload-Offset", strconv.Itoa(at), "Content-Type", chunk}})
					if err == nil && a.status != http.StatusNoContent && a.status != http.StatusConflict && a.status != http.StatusLocked {
						t.Errorf("got %v", a)
					}
				}
			})
		}
		all.Wait()
		if got := f.offset(path); got != strconv.Itoa(size) {
			t.Errorf("in the end %s", got)
		}
	})
}

// TestAnotherServerGoesOn: two servers of one database and folder.
func TestAnotherServerGoesOn(t *testing.T) {
	env := worlds[1].settings(t)
	here, there := open(t, t.TempDir(), env, ""), open(t, t.TempDir(), env, "")
	there.keys = here.keys
	path := here.create(9)
	there.patch(http.StatusNoContent, path, 0, "abc")
	body := newSlowBody()
	first := here.begin(path, 3, body)
	body.send(t, "de")
	here.until("the bytes are there", func() bool { return here.holds("abcde") })
	if got := there.offset(path); got != "5" { // asks the other server to let go, and waits
		t.Fatalf("offset %s", got)
	}
	there.patch(http.StatusNoContent, path, 5, "fghi")
	body.end(t)
	if a := first.wait(t); a.status != 0 && a.status != http.StatusLocked {
		t.Errorf("the first was answered %v", a)
	}
	if got := here.offset(path); got != "9" {
		t.Errorf("in the end %s", got)
	}
}

// TestAServerThatStopsKeepsWhatArrived: the transfer ends with 503, not with the
// server's patience.
func TestAServerThatStopsKeepsWhatArrived(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, nil, "")
	path := f.create(9)
	body := newSlowBody()
	first := f.begin(path, 0, body)
	body.send(t, "abc")
	f.until("the bytes are there", func() bool { return f.holds("abc") })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		f.stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		t.Fatal("the server waits for the transfer")
	}
	body.end(t)
	if a := first.wait(t); a.status != 0 && a.status != http.StatusServiceUnavailable {
		t.Errorf("the transfer was answered %v", a)
	}
	g := open(t, dir, nil, "")
	g.keys = f.keys
	if got := g.offset(path); got != "3" {
		t.Errorf("offset %s", got)
	}
}
