package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// raw sends bytes on a connection of its own, closes its writing half and
// returns the answer.
func (f *fixture) raw(text string) *http.Response {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	f.must(err)
	f.t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, text)
	f.must(err)
	half, ok := conn.(*net.TCPConn)
	if !ok {
		f.t.Fatal("not TCP")
	}
	f.must(half.CloseWrite())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	f.must(err)
	return res
}

func TestABodyThatIsCutOffIsNotAccepted(t *testing.T) {
	f := newFixture(t, options{})
	head := "POST /json-minify-api HTTP/1.1\r\nHost: x\r\nx-api-key: " + f.key + "\r\nPrefer: respond-async\r\n"
	for name, rest := range map[string]string{
		"inside a chunk":    "Transfer-Encoding: chunked\r\n\r\n10\r\n[1,2]",
		"between chunks":    "Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n",
		"of a known length": "Content-Length: 10\r\n\r\n[1,2]",
	} {
		if res := f.raw(head + rest); res.StatusCode != 400 {
			t.Errorf("%s: got %d, want 400", name, res.StatusCode)
		}
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":0,`) {
		t.Errorf("usage %s, want nothing used", u.body)
	}
	if res := f.raw(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n0\r\n\r\n"); res.StatusCode != 202 {
		t.Errorf("a whole one: got %d, want 202", res.StatusCode)
	}
}

func TestAWrongMethodOnAnOpenPathNeedsNoKey(t *testing.T) {
	f := newFixture(t, options{})
	f.wantError(f.do("POST", "/healthz", "x", "x-api-key: "), 405, "METHOD_NOT_ALLOWED", "")
	f.wantError(f.do("PUT", "/usage", "x", "x-api-key: "), 401, "UNAUTHORIZED", "")
}

func TestOnlyReadingIsConditional(t *testing.T) {
	f := newFixture(t, options{})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	if a := f.do("POST", "/jobs/"+id+"/cancel", "", "If-None-Match: *"); a.StatusCode != 200 || a.text(t, "status") != "failed" {
		t.Errorf("got %d %s, want the canceled job", a.StatusCode, a.body)
	}
}

func TestVaryNamesAllThatAnAnswerDependsOn(t *testing.T) {
	f := newFixture(t, options{cors: []string{"https://page.example"}})
	a := f.do("POST", "/gate-api", "x", async)
	b := f.do("GET", "/jobs/"+a.text(t, "job_id"), "", "Origin: https://page.example")
	for _, x := range []answer{a, b} {
		if vary := fmt.Sprint(x.Header["Vary"]); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Prefer") {
			t.Errorf("Vary %s", vary)
		}
	}
}
