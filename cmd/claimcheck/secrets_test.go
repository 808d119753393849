package main_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/store/sqlitestore"
)

// TestNoSecretsInTheLog runs a busy server that logs all it can, then looks for
// what must not be there: keys, right and wrong ones, signatures of links, and
// the secrets that sign.
func TestNoSecretsInTheLog(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--log-level=debug", "--log-requests", "--max-attempts=1"}})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	secrets := map[string]string{"the key": c.key, "an input": "hunter2"}

	var ids []string
	for _, path := range []string{formatter, "/json-minify-api", "/test-panic-api", "/test-fail-api", "/test-sleep-api"} {
		for _, body := range []string{`{"password":"hunter2"}`, `retry hunter2`, `{"password":"hunter2"`} {
			ids = append(ids, c.submit(t, path, body))
			c.call(t, http.MethodPost, path, body, "Idempotency-Key", "k"+path[1:5]+body[:2])
		}
	}
	for i, id := range ids {
		is := c.finished(t, id)
		if is.Status != "success" {
			continue
		}
		link := decode[api.Result](t, answer{body: is.Result}).File
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		signature := u.Query().Get("signature")
		secrets[fmt.Sprint("signature ", i)] = signature
		c.download(t, link)
		c.get(t, strings.Replace(link, "expires=", "expires=1", 1))
		c.get(t, strings.Replace(link, signature, signature+"x", 1))
		c.get(t, link+"&x-api-key="+c.key)
	}
	wrong := serverproc.Key(t, serverproc.Folder(t), "ann")
	secrets["a key of another server"] = wrong
	for range 70 { // until the address is told to wait
		(&caller{base: c.base, key: wrong, http: c.http}).get(t, "/usage")
	}
	(&caller{base: c.base, http: c.http}).call(t, http.MethodGet, "/usage?api_key="+c.key, "", "Authorization", "Bearer "+c.key)
	exchange(t, s, "GET /usage HTTP/1.1\r\nHost: x\r\nx-api-key: "+c.key+"\x00\r\n\r\n")
	exchange(t, s, "POST /usage?key="+c.key+" HTTP/1.1\r\nHost: x\r\nx-api-key : "+c.key+"\r\n\r\n")

	id := listKeys(t, s.Data)[0].ID
	r := serverproc.Run(t, nil, "keys", "rotate", id, "--data="+s.Data)
	secrets["the rotated key"] = strings.TrimSpace(r.Stdout)
	if r := serverproc.Run(t, nil, "secrets", "rotate", "--data="+s.Data); r.Code != 0 {
		t.Errorf("secrets rotate: got %+v", r)
	}
	serverproc.Run(t, nil, "keys", "revoke", id, "--data="+s.Data)
	c.get(t, "/usage") // with the revoked key
	s.Stop()
	addSigningSecrets(t, s.Data, secrets)

	log := s.Log()
	if n := strings.Count(log, `"msg":"request"`); n < 100 {
		t.Fatalf("the log has %d requests, want a busy one", n)
	}
	if len(secrets) < 10 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	for what, secret := range secrets {
		if len(secret) < len("hunter2") {
			t.Fatalf("%s is %q", what, secret)
		}
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log has %s: ...%s", what, log[max(0, at-200):at+10])
		}
	}
}

// addSigningSecrets adds the secrets of a stopped server as texts.
func addSigningSecrets(t *testing.T, data string, to map[string]string) {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(data, "claimcheck.db")})
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Secrets(t.Context())
	if err != nil || len(all) < 2 {
		t.Fatalf("signing secrets: got %d, %v, want 2", len(all), err)
	}
	for i, secret := range all {
		to[fmt.Sprintf("signing secret %d as it is", i)] = string(secret.Bytes)
		to[fmt.Sprintf("signing secret %d in hex", i)] = hex.EncodeToString(secret.Bytes)
		to[fmt.Sprintf("signing secret %d in base64", i)] = base64.RawStdEncoding.EncodeToString(secret.Bytes)
		to[fmt.Sprintf("signing secret %d for URLs", i)] = base64.RawURLEncoding.EncodeToString(secret.Bytes)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
