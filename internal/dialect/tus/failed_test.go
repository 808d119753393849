package tus_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// send sends a request of ann's as it is written, whose connection ends with its body, and
// returns the answer.
func (f *fixture) send(method, path, body string, length int64, headers ...string) answer {
	f.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(f.t.Context(), "tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\nTus-Resumable: 1.0.0\r\nContent-Type: %s\r\nContent-Length: %d\r\n", method, path, f.keys["ann"], chunk, length)
	for i := 0; i < len(headers); i += 2 {
		head += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"+body); err != nil {
		f.t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); !ok || tcp.CloseWrite() != nil {
		f.t.Fatal("the connection cannot end with the body")
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// TestACreationThatFailsLeavesNothing: its client has no address to go on with, so that
// it begins anew, as often as it must.
func TestACreationThatFailsLeavesNothing(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		part := f.want(http.StatusCreated, "ann", "POST", "/files/", "xyz", "Upload-Length", "3", "Upload-Concat", "partial", "Content-Type", chunk)
		for range 5 { // of 4 that may be pending
			a := f.want(http.StatusRequestEntityTooLarge, "ann", "POST", "/files/", "12345", "Upload-Length", "3", "Upload-Metadata", named("a.json"), "Content-Type", chunk)
			wantFields(t, a, "Location", "", "Upload-Key", "", "Upload-Expires", "")
			a = f.send("POST", "/files/", "12345", 9, "Upload-Length", "9", "Upload-Metadata", named("a.json"))
			if a.status != http.StatusInternalServerError && a.status != http.StatusBadRequest {
				t.Errorf("a body that was cut off was answered %v", a)
			}
			wantFields(t, a, "Location", "", "Upload-Key", "")
		}
		if f.folder != "" {
			if n := files(t, filepath.Join(f.folder, "growing=")); n != 0 {
				t.Errorf("%d files are left", n)
			}
			lose(t, f, part.id())
			for range 5 {
				f.want(http.StatusGone, "ann", "POST", "/files/", "", "Upload-Concat", "final;/files/"+part.id(), "Upload-Metadata", named("a.json"))
			}
		}
		if u := f.want(http.StatusOK, "ann", "GET", "/usage", ""); !strings.Contains(u.body, `"stored_bytes":{"used":3,`) {
			t.Errorf("usage is %s", u.body)
		}
		f.create(1)
	})
}

// files counts the files below a folder, which need not be there.
func files(t *testing.T, folder string) (n int) {
	t.Helper()
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// lose loses the file of an upload.
func lose(t *testing.T, f *fixture, id string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(f.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, id) {
			return err
		}
		found++
		return os.Remove(path)
	})
	if err != nil || found != 1 {
		t.Fatalf("%d files, %v", found, err)
	}
}

// TestAJudgedBodyIsNoLargerThanItsUpload, which may have no bytes at all; and an empty
// body is judged, too.
func TestAJudgedBodyIsNoLargerThanItsUpload(t *testing.T) {
	f := serve(t, worlds[0], "")
	for length, body := range map[int]string{0: "a", 3: "abcd"} {
		path := f.create(length)
		a := f.patch(http.StatusRequestEntityTooLarge, path, 0, body, "Upload-Checksum", "sha1 "+sum1(body))
		if !strings.Contains(a.body, fmt.Sprintf("%d bytes", length)) || strings.Contains(a.body, "plan") {
			t.Errorf("got %v", a)
		}
		wantFields(t, a, "Tus-Max-Size", "")
		f.patch(460, path, 0, "", "Upload-Checksum", "sha1 "+sum1("x"))
		f.patch(http.StatusBadRequest, path, 0, "", "Upload-Checksum", "crc9 YQ==")
		f.patch(http.StatusNoContent, path, 0, "", "Upload-Checksum", "sha1 "+sum1(""))
	}
}
