package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"claimcheck/client"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for _, base := range []string{"", "claimcheck.test", "ftp://claimcheck.test", "http://", "http://a/?b=c", "http://a\x7f"} {
		if _, err := client.New(base, key); err == nil {
			t.Errorf("base URL %q is accepted", base)
		}
	}
	if _, err := client.New("http://claimcheck.test", ""); err == nil {
		t.Error("an empty key is accepted")
	}
}

// TestLostConnectionOnTheWire sends more than fits into the sockets' buffers, so
// that the transport is still reading when the server hangs up.
func TestLostConnectionOnTheWire(t *testing.T) {
	input := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			if _, err := io.CopyN(io.Discard, r.Body, 1000); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(got, input) {
			t.Errorf("%d bytes arrived, error %v", len(got), err)
		}
		acceptedAfter(1)(w, r)
	}))
	defer srv.Close()
	c, err := client.New(srv.URL, key, client.WithMaxPause(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), "json-minify", bytes.NewReader(input), client.Options{}); err != nil {
		t.Error(err)
	}
	if calls.Load() != 2 {
		t.Errorf("%d requests, want 2", calls.Load())
	}
}

// TestRefusalBeforeBodyIsRead shows that a large input is not sent to a server
// that refuses it by its head.
func TestRefusalBeforeBodyIsRead(t *testing.T) {
	srv := httptest.NewServer(refuse(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE", 0))
	defer srv.Close()
	c, err := client.New(srv.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	input := bytes.NewReader(make([]byte, 64<<20))
	_, err = c.Submit(t.Context(), "json-minify", input, client.Options{})
	wantError(t, err, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
	if int64(input.Len()) != input.Size() {
		t.Errorf("%d of %d bytes were read", input.Size()-int64(input.Len()), input.Size())
	}
}

func TestKeyIsNotSentAlongRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked with key %q", r.Host, r.Header.Get("X-Api-Key"))
	}))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer srv.Close()
	c, err := client.New(srv.URL, key, client.WithHTTPClient(srv.Client()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Get(t.Context(), jobID)
	wantError(t, err, http.StatusFound, "")
}

// TestBlockedInputDoesNotHoldTheCaller cancels a submission whose input never
// comes.
func TestBlockedInputDoesNotHoldTheCaller(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the body ended as if it were whole")
		}
	}))
	defer srv.Close()
	c, err := client.New(srv.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	never, w := io.Pipe()
	t.Cleanup(func() {
		if err := never.Close(); err != nil {
			t.Error(err)
		}
	})
	go func() {
		if _, err := w.Write([]byte("[1,")); err != nil {
			t.Error(err)
		}
		cancel()
	}()
	if _, err := c.Submit(ctx, "json-minify", never, client.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
}

// TestStreamArrivesWholeOrNotAtAll sends inputs whose size nobody knows.
func TestStreamArrivesWholeOrNotAtAll(t *testing.T) {
	text, torn := strings.Repeat("0123456789", 1<<17), errors.New("the disk is torn")
	var whole atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, err := io.ReadAll(r.Body); err == nil {
			whole.Add(1)
			if string(got) != text {
				t.Errorf("%d bytes arrived as if they were all", len(got))
			}
		}
		acceptedAfter(1)(w, r)
	}))
	defer srv.Close()
	c, err := client.New(srv.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	input := io.MultiReader(strings.NewReader(text))
	if _, err := c.Submit(t.Context(), "json-minify", input, client.Options{}); err != nil {
		t.Error(err)
	}
	input = io.MultiReader(strings.NewReader(text), iotest.ErrReader(torn))
	if _, err := c.Submit(t.Context(), "json-minify", input, client.Options{}); !errors.Is(err, torn) {
		t.Errorf("error %v, want that of the input", err)
	}
	if whole.Load() != 1 {
		t.Errorf("%d inputs arrived, want 1", whole.Load())
	}
}

func TestOwnPathOfServerIsKept(t *testing.T) {
	s := newScript(t, acceptedAfter(1))
	c, err := client.New("http://claimcheck.test/base/", key, client.WithHTTPClient(&http.Client{Transport: s}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), "json-minify", strings.NewReader("1"), client.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := s.asked[0].what; got != "POST /base/json-minify-api" {
		t.Errorf("asked %s", got)
	}
}
