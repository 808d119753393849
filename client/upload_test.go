package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/client/clienttest"
)

// arrived fails the test unless what was uploaded is text.
func arrived(t *testing.T, c *client.Client, key, text string) {
	t.Helper()
	ticket, err := c.SubmitUpload(t.Context(), "echo", key, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(t.Context(), ticket.JobID); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := c.Download(t.Context(), ticket.JobID, &b); err != nil || b.String() != text {
		t.Errorf("%d bytes arrived of %d, %v", b.Len(), len(text), err)
	}
}

// A cutLine loses connections after so many bytes of a request's body.
type cutLine struct{ after []int64 }

func (l *cutLine) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch && len(l.after) > 0 {
		n := l.after[0]
		l.after = l.after[1:]
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, n), iotest.ErrReader(io.ErrUnexpectedEOF)))
		r.Header.Del("Expect")
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestAnUploadInPartsGoesOnAfterALostConnection(t *testing.T) {
	s, _, _ := copier(t)
	text := strings.Repeat("0123456789abcdef", 10<<16) // 10 MiB
	for name, r := range map[string]io.Reader{"can go back": strings.NewReader(text), "cannot": io.MultiReader(strings.NewReader(text))} {
		line := &cutLine{after: []int64{3 << 20, 0, 1 << 20, 100, 100, 100, 100}}
		c, err := client.New(s.URL, s.Key, client.WithMaxPause(time.Millisecond), client.WithHTTPClient(&http.Client{Transport: line}))
		if err != nil {
			t.Fatal(err)
		}
		var last int64
		key, err := c.Upload(t.Context(), "a.txt", r, int64(len(text)), client.WithProgress(func(done, total int64) {
			if last = done; total != int64(len(text)) {
				t.Errorf("%d of %d", done, total)
			}
		}))
		if err != nil || last != int64(len(text)) || len(line.after) > 0 {
			t.Fatalf("%s: %v, %d bytes, %d cuts left", name, err, last, len(line.after))
		}
		arrived(t, c, key, text)
	}
}

func TestAnUploadThatFailsLeavesNothing(t *testing.T) {
	s, c, _ := copier(t)
	torn := errors.New("the disk is torn")
	input := io.MultiReader(bytes.NewReader(make([]byte, 5<<20)), iotest.ErrReader(torn))
	if _, err := c.Upload(t.Context(), "a.txt", input, -1); !errors.Is(err, torn) {
		t.Errorf("parts: %v", err)
	}
	input = io.MultiReader(strings.NewReader("12"), iotest.ErrReader(torn))
	if _, err := c.Upload(t.Context(), "a.txt", input, 5); !errors.Is(err, torn) {
		t.Errorf("form: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	never, w := io.Pipe()
	defer func() { _ = w.Close() }()
	go func() {
		_, _ = w.Write([]byte("1"))
		cancel()
		_ = w.CloseWithError(io.ErrUnexpectedEOF) // who reads is let go
	}()
	if _, err := c.Upload(ctx, "a.txt", never, -1); err == nil {
		t.Error("canceled: no error")
	}
	if n := s.Pending(); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
}

func TestAServerWithoutPartsGetsAForm(t *testing.T) {
	s, c, _ := copier(t)
	s.Fault(clienttest.Fault{Path: "/files", Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "No.", Times: 2})
	text := strings.Repeat("0123456789abcdef", 9<<16)
	key, err := c.Upload(t.Context(), "a.txt", strings.NewReader(text), -1)
	if err != nil {
		t.Fatal(err)
	}
	arrived(t, c, key, text)
	key, err = c.Upload(t.Context(), "a.txt", io.MultiReader(strings.NewReader("short")), -1)
	if err != nil {
		t.Fatal(err)
	}
	arrived(t, c, key, "short")
}

func TestAFormWhoseAnswerWasLostHasArrived(t *testing.T) {
	s, c, _ := copier(t)
	s.Fault(clienttest.Fault{Path: "/upload-api", Lose: true})
	s.Fault(clienttest.Fault{Path: "/uploads", Lose: true})
	key, err := c.Upload(t.Context(), "a.txt", strings.NewReader("[1]"), 3)
	if err != nil {
		t.Fatal(err)
	}
	arrived(t, c, key, "[1]")
	s.Fault(clienttest.Fault{Path: "/uploads", Status: http.StatusForbidden, Code: "UPLOAD_EXPIRED", Message: "Too late."})
	if key, err = c.Upload(t.Context(), "a.txt", strings.NewReader("[2]"), 3); err != nil {
		t.Fatal(err)
	}
	arrived(t, c, key, "[2]")
}

func TestAStoragesOwnWordsAreTold(t *testing.T) {
	s := newScript(t,
		reply(http.StatusOK, api.Upload{UploadID: "upl_1", Upload: api.Form{URL: "http://storage.test/", Fields: map[string]string{"key": "k"}}}),
		func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>EntityTooLarge</Code><Message>Your upload is too large.</Message></Error>`)
		},
		reply(http.StatusNoContent, nil),
	)
	_, err := s.client().Upload(t.Context(), "a.txt", strings.NewReader("[1]"), 3)
	wantError(t, err, http.StatusBadRequest, "")
	if !strings.Contains(err.Error(), "Your upload is too large.") || s.asked[2].what != "DELETE /uploads/upl_1" {
		t.Errorf("%v, then %s", err, s.asked[2].what)
	}
	s.finished()
}

func TestALargeFileBeyondTheLimitIsNotSent(t *testing.T) {
	s, c, _ := copier(t)
	s.Tool("small", clienttest.Tool{MaxBytes: 1000})
	path := writeFile(t, "large.txt", 9<<20)
	_, err := c.SubmitFile(t.Context(), "small", path, client.Options{})
	wantError(t, err, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
	if e := errorIn(t, err); e.Limit != 1000 || s.Pending() != 0 {
		t.Errorf("%+v, %d uploads", e, s.Pending())
	}
	_, err = c.SubmitFile(t.Context(), "small", writeFile(t, "medium.txt", 2000), client.Options{})
	wantError(t, err, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
	s.Tool("csv", clienttest.Tool{Extensions: []string{"csv"}})
	ticket, err := c.SubmitFile(t.Context(), "csv", path, client.Options{}) // no upload may have its extension
	if err != nil {
		t.Fatal(err)
	}
	if is, err := c.Wait(t.Context(), ticket.JobID); err != nil || is.Status != "success" || s.Pending() != 0 {
		t.Errorf("%+v, %v, %d uploads", is, err, s.Pending())
	}
}

func TestUploadsHaveNamesThatTheServerTakes(t *testing.T) {
	long := strings.Repeat("x", 200)
	for path, want := range map[string]string{
		"in/data.JSON": "data.json", "a b\u00e9.c.csv": "a_b__c.csv", "..csv": "_.csv", ".csv": "file.csv", long + ".json": long[:95] + ".json",
	} {
		got, ok := client.UploadName(path, []string{"csv", "json"})
		if got != want || !ok || len(got) > 100 {
			t.Errorf("%q: got %q of %d characters, %v; want %q, at most 100", path, got, len(got), ok, want)
		}
	}
	for _, path := range []string{"data", "data.xml", "json"} {
		if got, ok := client.UploadName(path, []string{"json"}); ok {
			t.Errorf("%q: got %q", path, got)
		}
	}
}

// TestAFileThatIsShorterThanWasSaidHasNoKey has a reader that ends early, and cannot go back.
func TestAFileThatIsShorterThanWasSaidHasNoKey(t *testing.T) {
	_, c, _ := copier(t)
	const size = 9 << 20
	key, err := c.Upload(t.Context(), "data.json", io.LimitReader(zeros{}, size-1), size)
	if err == nil || key != "" || !strings.Contains(err.Error(), "9437183 bytes, of 9437184") {
		t.Errorf("got the key %q, %v", key, err)
	}
}

// zeros is a reader without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
