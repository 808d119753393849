package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/client"
)

const content = "[\n 1,\n 2\n]"

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func file(digest string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if digest != "" {
			w.Header().Set("Repr-Digest", digest)
		}
		page(content)(w, r)
	}
}

func TestDownloadIsCheckedAndNeedsNoKey(t *testing.T) {
	s := newScript(t, file("sha-512=:AAAA:, "+digestOf(content)))
	var got bytes.Buffer
	n, err := s.client().DownloadLink(t.Context(), theResult.File, &got)
	if err != nil || got.String() != content || n != int64(len(content)) {
		t.Errorf("%d bytes %q, error %v", n, &got, err)
	}
	for name := range s.asked[0].header {
		if strings.EqualFold(name, "x-api-key") || name == "Authorization" {
			t.Errorf("the key went to %s", theResult.File)
		}
	}
}

func TestDownloadThatCannotBeTrustedIsError(t *testing.T) {
	for name, digest := range map[string]string{
		"no digest": "", "another algorithm": "md5=:AAAA:", "no digest at all": "sha-256=:AAAA:", "half a field": "sha-256",
	} {
		s := newScript(t, file(digest))
		if _, err := s.client().DownloadLink(t.Context(), theResult.File, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	s := newScript(t, file(digestOf("something else")))
	if _, err := s.client().DownloadLink(t.Context(), theResult.File, &bytes.Buffer{}); !errors.Is(err, client.ErrDigest) {
		t.Errorf("error %v, want ErrDigest", err)
	}
}

func TestExpiredLinkIsError(t *testing.T) {
	s := newScript(t, refuse(http.StatusForbidden, "LINK_EXPIRED", 0))
	_, err := s.client().DownloadLink(t.Context(), theResult.File, &bytes.Buffer{})
	wantError(t, err, http.StatusForbidden, "LINK_EXPIRED")
	s.finished()
}

func TestDownloadIsTriedAgainBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, lose, refuse(http.StatusServiceUnavailable, "UNAVAILABLE", 5), file(digestOf(content)))
		var got bytes.Buffer
		if _, err := s.client().DownloadLink(t.Context(), theResult.File, &got); err != nil || got.String() != content {
			t.Errorf("%q, error %v", &got, err)
		}
		s.finished()
		if want := []time.Duration{0, 1 * time.Second, 6 * time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("tried at %v, want %v", s.times(), want)
		}
	})
}
