package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/serverproc"
)

// A storage is where a server keeps its files.
type storage struct {
	name   string
	bucket *blobtest.Bucket // nil for folders
	args   []string
	env    []string
}

// eachStorage runs a test on every storage.
func eachStorage(t *testing.T, run func(t *testing.T, st storage)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { run(t, storage{name: "folder"}) })
	t.Run("shared folder", func(t *testing.T) {
		run(t, storage{name: "shared folder", args: []string{"--blobs=file://" + t.TempDir()}})
	})
	t.Run("bucket", func(t *testing.T) { run(t, bucketStorage(t)) })
}

func bucketStorage(t *testing.T) storage {
	t.Helper()
	b := blobtest.StartBucket(t)
	return storage{name: "bucket", bucket: b, args: []string{"--blobs=s3://" + blobtest.BucketName + "?endpoint=" + b.Endpoint}, env: b.Env()}
}

func (st storage) start(t *testing.T, data string, args ...string) *serverproc.Server {
	t.Helper()
	return serverproc.Start(t, serverproc.Options{Data: data, Args: append(args, st.args...), Env: st.env})
}

// upload asks for an upload form and posts a file of size bytes with it, as any client
// of the hosted service does: the code knows nothing of the storage.
func (c *caller) upload(ctx context.Context, name string, size int64, content io.Reader) (key string, err error) {
	a, err := c.try(ctx, http.MethodPost, "/upload-api", []byte(`{"filename":"`+name+`"}`))
	if err != nil || a.status != http.StatusOK {
		return "", fmt.Errorf("upload-api: %s %w", a, err)
	}
	var u api.Upload
	if err := json.Unmarshal(a.body, &u); err != nil {
		return "", err
	}
	res, err := c.postForm(ctx, u.Upload, size, content)
	if err != nil {
		return "", err
	}
	if res.status != http.StatusNoContent {
		return "", fmt.Errorf("upload: %s", res)
	}
	return u.Upload.Fields["key"], nil
}

// postForm streams a form whose length is known beforehand.
func (c *caller) postForm(ctx context.Context, f api.Form, size int64, content io.Reader) (answer, error) {
	var head bytes.Buffer
	m := multipart.NewWriter(&head)
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if err := m.WriteField(name, f.Fields[name]); err != nil {
			return answer{}, err
		}
	}
	if _, err := m.CreateFormFile("file", "x"); err != nil {
		return answer{}, err
	}
	begun := head.Len()
	if err := m.Close(); err != nil {
		return answer{}, err
	}
	all := head.Bytes()
	body := io.MultiReader(bytes.NewReader(all[:begun]), content, bytes.NewReader(all[begun:]))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL, body)
	if err != nil {
		return answer{}, err
	}
	req.ContentLength = size + int64(len(all))
	req.Header.Set("Content-Type", m.FormDataContentType())
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, text}, err
}

// mustUpload uploads a text.
func (c *caller) mustUpload(t *testing.T, name, text string) (key string) {
	t.Helper()
	key, err := c.upload(t.Context(), name, int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// submitFile hands in work whose input is an upload.
func (c *caller) submitFile(t *testing.T, tool, key string, headers ...string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"file": key})
	if err != nil {
		t.Fatal(err)
	}
	return c.call(t, http.MethodPost, tool, string(body), append([]string{"x-source-type", "file"}, headers...)...)
}

// linkOf is the file of a result.
func linkOf(t *testing.T, is api.Status) string {
	t.Helper()
	var r api.Result
	if err := json.Unmarshal(is.Result, &r); err != nil || is.Status != "success" {
		t.Fatalf("job %s: %s %+v %s, want success", is.JobID, is.Status, is.Error, is.Result)
	}
	return r.File
}

func TestTheSameClientWorksOnEveryStorage(t *testing.T) {
	eachStorage(t, func(t *testing.T, st storage) {
		t.Helper()
		s := st.start(t, "")
		c := newCaller(s, s.Key("ann"))
		for _, n := range []int{1, 100_000} {
			doc := `["` + strings.Repeat("x", n) + `"]`
			key := c.mustUpload(t, "my_data.json", doc)
			a := c.submitFile(t, "/json-formatter-api", key)
			if a.status != http.StatusAccepted {
				t.Fatalf("got %s, want 202", a)
			}
			id := decode[api.Accepted](t, a).JobID
			link := linkOf(t, c.finished(t, id))
			got := (&caller{base: c.base, http: c.http}).get(t, link)
			want := "[\n \"" + strings.Repeat("x", n) + "\"\n]"
			sum := sha256.Sum256([]byte(want))
			if string(got.body) != want || got.header.Get("Repr-Digest") != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
				t.Errorf("%d bytes: got %d, digest %s", len(want), len(got.body), got.header.Get("Repr-Digest"))
			}
			for name, value := range map[string]string{
				"Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
			} {
				if got.header.Get(name) != value {
					t.Errorf("%s: %q, want %q", name, got.header.Get(name), value)
				}
			}
			part := c.call(t, http.MethodGet, link, "", "Range", "bytes=3-5")
			if part.status != http.StatusPartialContent || string(part.body) != want[3:6] {
				t.Errorf("range: %s", part)
			}
			if a := c.submitFile(t, "/json-minify-api", key, "Prefer", "wait=20"); a.status != http.StatusOK {
				t.Errorf("waiting: %s", a)
			}
			for _, j := range c.jobs(t) {
				if a := c.call(t, http.MethodDelete, "/jobs/"+j, ""); a.status != http.StatusNoContent {
					t.Errorf("delete: %s", a)
				}
			}
		}
		if u := c.usage(t); u.StoredBytes.Used != 0 {
			t.Errorf("%d bytes are stored after everything was deleted", u.StoredBytes.Used)
		}
		st.wantNoFiles(t, s.Data)
		s.Stop()
	})
}

// jobs lists the owner's jobs.
func (c *caller) jobs(t *testing.T) (ids []string) {
	t.Helper()
	for _, raw := range decode[api.JobList](t, c.get(t, "/jobs")).Jobs {
		var is api.Status
		if err := json.Unmarshal(raw, &is); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, is.JobID)
	}
	return ids
}

func TestOnlyAnOrderlyUploadIsTaken(t *testing.T) {
	eachStorage(t, func(t *testing.T, st storage) {
		t.Helper()
		s := st.start(t, "")
		c := newCaller(s, s.Key("ann"))
		form := func() api.Form {
			return decode[api.Upload](t, c.call(t, http.MethodPost, "/upload-api", `{"filename":"a.json"}`)).Upload
		}
		post := func(f api.Form, text string) int {
			a, err := c.postForm(t.Context(), f, int64(len(text)), strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			return a.status
		}
		f, other := form(), form()
		for name, value := range map[string]string{
			"key": other.Fields["key"], "policy": other.Fields["policy"] + "x", "x-amz-signature": strings.Repeat("0", 64), "x-amz-meta-user-id": "bob", "x-amz-meta-upload-id": "upl_0",
		} {
			changed := api.Form{URL: f.URL, Fields: maps.Clone(f.Fields)}
			changed.Fields[name] = value
			if status := post(changed, `{}`); status/100 != 4 {
				t.Errorf("%s changed: got %d, want a refusal", name, status)
			}
		}
		if a := c.submitFile(t, "/json-minify-api", other.Fields["key"]); a.status != http.StatusNotFound {
			t.Errorf("got %s, want 404", a)
		}
		if status := post(f, `{}`); status != http.StatusNoContent {
			t.Errorf("unchanged: got %d, want 204", status)
		}
		bob := newCaller(s, s.Key("bob"))
		wantError(t, "another owner's", bob.submitFile(t, "/json-minify-api", f.Fields["key"]), http.StatusNotFound, "FILE_NOT_FOUND")
		s.Stop()
	})
}

func TestAnUploadThatIsLateOrTooLargeIsRefused(t *testing.T) {
	const expiry = 2 * time.Second
	eachStorage(t, func(t *testing.T, st storage) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "claimcheck.yaml")
		if err := os.WriteFile(file, []byte("plans: {default: {max_input_bytes: 1000}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := st.start(t, "", "--config="+file, "--upload-expiry="+expiry.String())
		c := newCaller(s, s.Key("ann"))
		form := func() api.Form {
			return decode[api.Upload](t, c.call(t, http.MethodPost, "/upload-api", `{"filename":"a.json"}`)).Upload
		}
		post := func(f api.Form, n int) int {
			a, err := c.postForm(t.Context(), f, int64(n), strings.NewReader(strings.Repeat(" ", n)))
			if err != nil {
				t.Fatal(err)
			}
			return a.status
		}
		late := form()
		for n, want := range map[int]bool{1001: false, 1000: true, 1: true, 0: true} {
			asked := time.Now()
			status := post(form(), n)
			for time.Since(asked) > expiry-time.Second { // the machine was too slow for the form
				asked = time.Now()
				status = post(form(), n)
			}
			if (status == http.StatusNoContent) != want || status/100 != 2 && status/100 != 4 {
				t.Errorf("%d bytes: got %d, want it taken: %t", n, status, want)
			}
		}
		<-time.After(expiry + time.Second/2)
		if status := post(late, 10); status/100 != 4 {
			t.Errorf("too late: got %d, want a refusal", status)
		}
		if a := c.submitFile(t, "/json-minify-api", late.Fields["key"]); a.status != http.StatusNotFound {
			t.Errorf("too late: %s", a)
		}
		s.Stop()
	})
}
