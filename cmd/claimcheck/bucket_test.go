package main_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/serverproc"
)

// objects lists what is in the bucket.
func objects(t *testing.T, b *blobtest.Bucket) (names []string) {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(b.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(blobtest.BucketAccess, blobtest.BucketSecret, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for o := range c.ListObjects(t.Context(), blobtest.BucketName, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		if !strings.HasSuffix(o.Key, "/") { // a folder of the storage's own
			names = append(names, o.Key)
		}
	}
	return names
}

// wantNoFiles wants that nothing is left of anything.
func (st storage) wantNoFiles(t *testing.T, data string) {
	t.Helper()
	if st.bucket != nil {
		if got := objects(t, st.bucket); len(got) != 0 {
			t.Errorf("the bucket has %q, want nothing", got)
		}
		return
	}
	if st.args == nil {
		wantFiles(t, data, nil)
	}
}

func TestABucketThatFailsStopsNoServer(t *testing.T) {
	st := bucketStorage(t)
	s := st.start(t, "", "--max-attempts=2")
	c := newCaller(s, s.Key("ann"))
	large := `["` + strings.Repeat("x", 100_000) + `"]`
	key := c.mustUpload(t, "a.json", large)
	before := c.submit(t, "/json-minify-api", large)
	link := linkOf(t, c.finished(t, before))
	st.bucket.Stop()

	id := c.submit(t, "/json-minify-api", `["small"]`) // needs no file
	if got := c.outputOf(t, c.finished(t, id)); got != `["small"]` {
		t.Errorf("got %s", got)
	}
	for what, a := range map[string]answer{
		"a large input": c.call(t, http.MethodPost, "/json-minify-api", large, "Prefer", "respond-async"),
		"a download":    c.get(t, link),
		"an upload":     c.submitFile(t, "/json-minify-api", key),
	} {
		wantError(t, what, a, http.StatusServiceUnavailable, "UNAVAILABLE")
		if strings.Contains(string(a.body), "127.0.0.1") || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, Retry-After %q", what, a, a.header.Get("Retry-After"))
		}
	}
	st.bucket.Start()
	serverproc.Until(t, jobLimit, func() (bool, string) {
		a := c.submitFile(t, "/json-minify-api", key, "Prefer", "wait=20")
		return a.status == http.StatusOK, a.String()
	})
	if a := c.get(t, link); a.status != http.StatusOK || string(a.body) != large {
		t.Errorf("the old output: %s", a)
	}
	s.Stop()
}

func TestAJobWhoseBucketIsGoneFailsClearly(t *testing.T) {
	st := bucketStorage(t)
	s := st.start(t, "", "--max-attempts=2")
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	key := c.mustUpload(t, "a.json", `["`+strings.Repeat("x", 100_000)+`"]`)
	sleepers := make([]string, 0, 8) // all workers sleep, so that the job waits until the bucket is gone
	for range 8 {
		sleepers = append(sleepers, c.submit(t, "/test-sleep-api", "3s"))
	}
	a := c.submitFile(t, "/json-minify-api", key)
	if a.status != http.StatusAccepted {
		t.Fatal(a)
	}
	st.bucket.Stop()
	is := c.finished(t, decode[api.Accepted](t, a).JobID)
	if is.Status != "failed" || is.Error.Code != "INTERNAL_ERROR" || is.Error.Message != "The storage of files does not work now." {
		t.Errorf("got %s %+v", is.Status, is.Error)
	}
	for _, id := range sleepers {
		c.finished(t, id)
	}
	if u := c.quiet(t); u.Jobs.Used != int64(len(sleepers)) { // ours to fail: it is given back
		t.Errorf("%d jobs are charged, want %d", u.Jobs.Used, len(sleepers))
	}
	s.Stop()
}

func TestDownloadsCanBeRedirectedToTheBucket(t *testing.T) {
	st := bucketStorage(t)
	s := st.start(t, "", "--download-mode=redirect", "--download-host=http://files.test")
	c := newCaller(s, s.Key("ann"))
	large := `["` + strings.Repeat("x", 100_000) + `"]`
	link := linkOf(t, c.finished(t, c.submit(t, "/json-minify-api", large)))
	if !strings.HasPrefix(link, "http://files.test/downloads/") {
		t.Errorf("link %s", link)
	}
	a := (&caller{base: c.base, http: c.http}).get(t, link)
	to := a.header.Get("Location")
	if a.status != http.StatusFound || !strings.HasPrefix(to, st.bucket.Endpoint) || !strings.Contains(to, "X-Amz-Expires=60") || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %s, Location %s", a, to)
	}
	res, err := http.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if d := res.Header.Get("Content-Disposition"); res.StatusCode != http.StatusOK || !strings.HasPrefix(d, "attachment") || res.ContentLength != int64(len(large)) {
		t.Errorf("%d, Content-Disposition %q, %d bytes", res.StatusCode, d, res.ContentLength)
	}
	to = (&caller{base: c.base, http: c.http}).call(t, http.MethodHead, link, "").header.Get("Location") // a signature is for one method
	head, err := http.Head(to)
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if head.StatusCode != http.StatusOK || head.ContentLength != int64(len(large)) {
		t.Errorf("HEAD: %d, %d bytes", head.StatusCode, head.ContentLength)
	}
	s.Stop()
}

func TestRedirectedDownloadsNeedAHostOfTheirOwn(t *testing.T) {
	for _, args := range [][]string{
		{"--download-mode=redirect"},
		{"--download-mode=redirect", "--download-host=http://files.test"},
		{"--download-mode=redirect", "--blobs=s3://files?endpoint=http://127.0.0.1:9"},
		{"--download-mode=redirect", "--blobs=s3://files?endpoint=http://127.0.0.1:9", "--download-host=http://a.test", "--public-url=http://a.test"},
	} {
		r := serverproc.Run(t, nil, append([]string{"serve", "--listen=127.0.0.1:0", "--data=" + serverproc.Folder(t)}, args...)...)
		if r.Code != 1 || !strings.Contains(r.Stderr, "claimcheck: download_mode redirect needs") {
			t.Errorf("%q: code %d, %s", args, r.Code, r.Stderr)
		}
	}
}

func TestAJobIsBoundToTheFileThatWasThereWhenItWasAccepted(t *testing.T) {
	st := bucketStorage(t)
	s := st.start(t, "", "--workers=1")
	c := newCaller(s, s.Key("ann"))
	f := decode[api.Upload](t, c.call(t, http.MethodPost, "/upload-api", `{"filename":"a.json"}`)).Upload
	post := func(text string) {
		t.Helper()
		a, err := c.postForm(t.Context(), f, int64(len(text)), strings.NewReader(text))
		if err != nil || a.status != http.StatusNoContent {
			t.Fatalf("%s %v", a, err)
		}
	}
	sleeper := c.submit(t, "/test-sleep-api", "2s") // has the one worker
	post(`["first"]`)
	first := decode[api.Accepted](t, c.submitFile(t, "/json-minify-api", f.Fields["key"])).JobID
	post(`["second one"]`) // the bucket takes it
	second := decode[api.Accepted](t, c.submitFile(t, "/json-minify-api", f.Fields["key"])).JobID
	c.finished(t, sleeper)
	if is := c.finished(t, first); is.Status != "failed" || is.Error.Code != "FILE_NOT_FOUND" {
		t.Errorf("the first: %s %+v", is.Status, is.Error)
	}
	if got := c.outputOf(t, c.finished(t, second)); got != `["second one"]` {
		t.Errorf("the second: %s", got)
	}
	for _, id := range c.jobs(t) {
		c.call(t, http.MethodDelete, "/jobs/"+id, "")
	}
	if u := c.usage(t); u.StoredBytes.Used != 0 {
		t.Errorf("%d bytes are stored after everything was deleted", u.StoredBytes.Used)
	}
	s.Stop()
}
