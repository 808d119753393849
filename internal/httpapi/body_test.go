package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
)

// soon is how long an answer may take that needs no body; it is much less than
// the time that a body has.
const soon = 5 * time.Second

// announce sends the head of a request whose body never comes and returns the
// connection.
func (f *fixture) announce(method, path string, headers ...string) net.Conn {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	f.must(err)
	f.t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", method, path, strings.Join(headers, "\r\n"))
	f.must(err)
	return conn
}

// answered reads an answer, which must be there within a time.
func (f *fixture) answered(conn net.Conn, within time.Duration) (*http.Response, []byte) {
	f.t.Helper()
	f.must(conn.SetReadDeadline(time.Now().Add(within)))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		f.t.Errorf("no answer within %s: %v", within, err)
		return &http.Response{Header: http.Header{}}, nil
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Errorf("the answer is not whole: %v", err)
	}
	return res, b
}

func TestABodyThatIsNotNeededIsNotWaitedFor(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 1000}})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	key := "x-api-key: " + f.key
	const length, chunked = "Content-Length: 100000", "Transfer-Encoding: chunked"
	for _, c := range []struct {
		method, path string
		status       int
		headers      []string
	}{
		{"GET", "/healthz", 200, []string{length}},
		{"POST", "/healthz", 405, []string{chunked, key}},
		{"GET", "/readyz", 200, []string{length}},
		{"GET", "/metrics", 404, []string{chunked}}, // the fixture's
		{"GET", "/openapi.json", 200, []string{"Content-Length: 5"}},
		{"GET", "/jobs", 200, []string{length, key}},
		{"GET", "/jobs", 401, []string{length}},
		{"GET", "/jobs/" + id, 200, []string{length, key}},
		{"GET", "/jobs/" + id + "/result", 202, []string{chunked, key}},
		{"HEAD", "/jobs/" + id, 200, []string{length, key}},
		{"POST", "/jobs/" + id + "/cancel", 200, []string{chunked, key}},
		{"DELETE", "/jobs/" + id, 204, []string{length, key}},
		{"POST", "/gate-api", 401, []string{length}},
		{"POST", "/gate-api", 413, []string{length, key}},
		{"POST", "/gate-api", 400, []string{chunked, key, "x-source-type: x"}},
		{"POST", "/webhooks", 413, []string{length, key}},
		{"POST", "/upload-api", 413, []string{length, key}},
		{"POST", "/uploads", 415, []string{length}},
		{"PATCH", "/work/x/callback", 403, []string{chunked}},
		{"PUT", "/work/x/output", 403, []string{length}},
		{"POST", "/nothing", 404, []string{length, key}},
		{"OPTIONS", "/jobs", 204, []string{length, key}},
	} {
		t.Run(c.method+" "+c.path+" "+strconv.Itoa(c.status), func(t *testing.T) {
			conn := f.announce(c.method, c.path, c.headers...)
			if c.method == "HEAD" {
				f.must(conn.SetReadDeadline(time.Now().Add(soon)))
				line, err := bufio.NewReader(conn).ReadString('\n')
				if err != nil || !strings.Contains(line, " 200 ") {
					t.Errorf("got %q, %v", line, err)
				}
				return
			}
			res, _ := f.answered(conn, soon)
			if res.StatusCode != c.status || !res.Close {
				t.Errorf("got %d %v, want %d and Connection: close", res.StatusCode, res.Header, c.status)
			}
			if c.status >= 400 && res.ContentLength <= 0 && c.path != "/metrics" {
				t.Errorf("the refusal has no Content-Length: %v", res.Header)
			}
		})
	}
}

// TestARefusalReachesAClientThatWritesFirst has clients which read nothing
// before their whole body is with the server.
func TestARefusalReachesAClientThatWritesFirst(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 20 << 20}})
	const size = 64 << 20
	key := "x-api-key: " + f.key
	for name, c := range map[string]struct {
		status int
		head   []string
	}{
		"wrong key":         {401, []string{"POST /json-minify-api", "Content-Length: " + strconv.Itoa(size)}},
		"too large":         {413, []string{"POST /json-minify-api", key, "Content-Length: " + strconv.Itoa(size)}},
		"too large, chunks": {413, []string{"POST /json-minify-api", key, "Transfer-Encoding: chunked"}},
		"no form":           {415, []string{"POST /uploads", "Content-Length: " + strconv.Itoa(size)}},
		"wrong signature":   {403, []string{"PUT /work/x/output", "Content-Length: " + strconv.Itoa(size)}},
		"unknown coding":    {415, []string{"POST /json-minify-api", key, "Content-Encoding: compress", "Content-Length: 100000"}},
		"unasked":           {401, []string{"POST /json-minify-api", "Expect: 100-continue", "Content-Length: 1000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.head[0], " ")
			conn := f.announce(method, path, c.head[1:]...)
			piece := bytes.Repeat([]byte("x"), 1<<20)
			last := c.head[len(c.head)-1]
			length, _ := strconv.Atoi(strings.TrimPrefix(last, "Content-Length: "))
			if length == 0 {
				length = size
				piece = append(append([]byte("100000\r\n"), piece...), "\r\n"...)
			}
			f.must(conn.SetWriteDeadline(time.Now().Add(time.Minute)))
			for sent := 0; sent < length; sent += len(piece) {
				if _, err := conn.Write(piece[:min(len(piece), length-sent)]); err != nil {
					t.Fatalf("cut off after %d bytes: %v", sent, err)
				}
			}
			res, body := f.answered(conn, soon)
			if res.StatusCode != c.status || !res.Close || int(res.ContentLength) != len(body) {
				t.Errorf("got %d %v, want %d", res.StatusCode, res.Header, c.status)
			}
		})
	}
}

// TestABodyWithoutEndIsNotReadWithoutEnd refuses a body that goes on and on.
func TestABodyWithoutEndIsNotReadWithoutEnd(t *testing.T) {
	f := newFixture(t, options{})
	for _, head := range [][]string{{"Transfer-Encoding: chunked"}, {"Transfer-Encoding: chunked", "Expect: 100-continue"}} {
		conn := f.announce("POST", "/gate-api", head...)
		chunk := append(append([]byte("100000\r\n"), bytes.Repeat([]byte("x"), 1<<20)...), "\r\n"...)
		f.must(conn.SetWriteDeadline(time.Now().Add(time.Minute)))
		var sent int64
		var err error
		for err == nil && sent < 1<<40 {
			var n int
			n, err = conn.Write(chunk)
			sent += int64(n)
		}
		if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
			t.Errorf("%v: neither read nor ended", head)
		}
		if most := int64(512 << 20); sent > most {
			t.Errorf("%v: %d bytes were read, want at most %d", head, sent, most)
		}
	}
}

// TestABodyThatNobodyNeedsKeepsItsConnection makes calls with "{}" as many
// clients do, all on one connection.
func TestABodyThatNobodyNeedsKeepsItsConnection(t *testing.T) {
	f := newFixture(t, options{})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	f.must(err)
	defer conn.Close()
	f.must(conn.SetDeadline(time.Now().Add(soon)))
	answers := bufio.NewReader(conn)
	for _, call := range []string{"GET /jobs", "GET /jobs/" + id, "POST /jobs/" + id + "/token", "POST /jobs/" + id + "/cancel", "DELETE /jobs/" + id} {
		_, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\nContent-Length: 2\r\n\r\n{}", call, f.key)
		f.must(err)
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("%s: %v", call, err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		f.must(err)
		if res.StatusCode >= 300 || res.Close {
			t.Errorf("%s: %d, close %t", call, res.StatusCode, res.Close)
		}
	}
}

// TestARefusalLeavesTheConnectionInHTTP2: a request is refused before its body is
// read, and the others on its connection go on.
func TestARefusalLeavesTheConnectionInHTTP2(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 1 << 20}})
	ts := httptest.NewUnstartedServer(f.server)
	ts.EnableHTTP2 = true
	ts.StartTLS()
	defer ts.Close()
	reused := []bool{}
	for _, c := range []struct {
		key    string
		status int
	}{{"wrong", 401}, {f.key, 413}, {f.key, 413}} {
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(is httptrace.GotConnInfo) { reused = append(reused, is.Reused) }})
		silent, w := io.Pipe() // never says anything
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, ts.URL+"/json-minify-api", silent)
		f.must(err)
		r.ContentLength = 8 << 20
		r.Header.Set("x-api-key", c.key)
		res, err := ts.Client().Do(r)
		f.must(err)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.ProtoMajor != 2 || res.StatusCode != c.status {
			t.Errorf("got %s %d %s, %v; want %d", res.Proto, res.StatusCode, body, err, c.status)
		}
		res.Body.Close()
		_ = w.Close()
		cancel()
	}
	if !slices.Equal(reused, []bool{false, true, true}) {
		t.Errorf("connections were used again: %v", reused)
	}
}

// TestATransferThatMovesOutlivesItsForm sends a file for seven hours of the
// server's clock.
func TestATransferThatMovesOutlivesItsForm(t *testing.T) {
	f := newFixture(t, options{})
	u := f.newUpload("a.json")
	from, to := io.Pipe()
	form := multipart.NewWriter(to)
	done := make(chan answer, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u.Upload.URL, from)
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", form.FormDataContentType())
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		done <- answer{res, b}
	}()
	for name, value := range u.Upload.Fields {
		f.must(form.WriteField(name, value))
	}
	file, err := form.CreateFormFile("file", "a.json")
	f.must(err)
	until := time.Now().Add(time.Minute)
	sending := func(enough func() bool) {
		for !enough() {
			_, err := file.Write([]byte(" "))
			f.must(err)
			if time.Now().After(until) {
				t.Fatal("the upload is not renewed while its file arrives")
			}
		}
	}
	sending(func() bool { return len(f.stored()) > 0 })
	for range 7 * 6 {
		f.advance(10 * time.Minute)
		sending(func() bool {
			is, err := f.uploads.Get(t.Context(), u.UploadID)
			f.must(err)
			return is.Expires.Sub(f.now()) > 14*time.Minute
		})
	}
	_, err = file.Write([]byte("{}"))
	f.must(err)
	f.must(form.Close())
	f.must(to.Close())
	if a := <-done; a.StatusCode != 204 {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}
