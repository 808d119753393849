package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
)

// storageOf is a client of a storage's own, with a secret that may be another's.
func storageOf(t *testing.T, b *blobtest.Bucket, secret string) *minio.Client {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(b.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(blobtest.BucketAccess, secret, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// depositing is a configuration whose server may put to a storage.
func depositing(b *blobtest.Bucket) string {
	_, port, _ := strings.Cut(strings.TrimPrefix(b.Endpoint, "http://"), ":")
	return "fetch:\n  allow_networks: [127.0.0.0/8]\n  allow_ports: [" + port + "]\n"
}

// presigned is an address that takes one PUT of an object with these header fields.
func presigned(t *testing.T, c *minio.Client, object string, signed http.Header) string {
	t.Helper()
	u, err := c.PresignHeader(t.Context(), http.MethodPut, blobtest.BucketName, object, time.Hour, url.Values{}, signed)
	if err != nil {
		t.Fatal(err)
	}
	return u.String()
}

// wantPut wants an object to be what was put there, and that its job says so.
func wantPut(t *testing.T, c *minio.Client, object, contentType, content string, is api.Status) {
	t.Helper()
	o, err := c.GetObject(t.Context(), blobtest.BucketName, object, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }() // it is only read
	got, err := io.ReadAll(o)
	if err != nil || string(got) != content {
		t.Fatalf("%s has %d bytes, want %d: %v; job %s %+v", object, len(got), len(content), err, is.Result, is.Error)
	}
	about, err := o.Stat()
	if err != nil || about.ContentType != contentType {
		t.Errorf("%s is of type %q, want %q: %v", object, about.ContentType, contentType, err)
	}
	var r struct {
		Delivered struct {
			URLHost string `json:"url_host"`
			Bytes   int
			Digest  string
		}
	}
	sum := sha256.Sum256(got)
	want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	if err := json.Unmarshal(is.Result, &r); err != nil || r.Delivered.Digest != want || r.Delivered.Bytes != len(content) || "http://"+r.Delivered.URLHost != c.EndpointURL().String() {
		t.Errorf("the job tells %s: %v", is.Result, err)
	}
	if bytes.Contains(is.Result, []byte("X-Amz-Signature")) {
		t.Errorf("the address is told: %s", is.Result)
	}
}

// TestAStorageTakesOutputs: a presigned PUT of a storage of files that others made.
func TestAStorageTakesOutputs(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	f := serve(t, "workers: 1\n"+depositing(b))
	c := storageOf(t, b, blobtest.BucketSecret)
	for name, size := range map[string]int{"row.json": 10, "a folder/ä file.json": 3 << 20} {
		in := `"` + strings.Repeat("x", size) + `"`
		id := f.submit("json-minify", in, "x-output-url", presigned(t, c, name, nil))
		wantPut(t, c, name, "application/json", in, f.finished(id))
	}
	signed := http.Header{"Content-Type": {"application/json"}}
	id := f.submit("json-minify", `[ 1 ]`, "x-output-url", presigned(t, c, "signed.json", signed))
	wantPut(t, c, "signed.json", "application/json", `[1]`, f.finished(id))
}

// TestWhatAStorageRefusesFailsItsJob: whatever its address was not signed for.
func TestWhatAStorageRefusesFailsItsJob(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	f := serve(t, "workers: 1\n"+depositing(b))
	c := storageOf(t, b, blobtest.BucketSecret)
	other := sha256.Sum256([]byte("another output"))
	for name, address := range map[string]string{
		"another's secret": presigned(t, storageOf(t, b, "of-somebody-else"), "secret.json", nil),
		"another name":     strings.Replace(presigned(t, c, "mine.json", nil), "mine.json", "yours.json", 1),
		"another type":     presigned(t, c, "type.json", http.Header{"Content-Type": {"text/plain"}}),
		"another digest":   presigned(t, c, "digest.json", http.Header{"Content-Digest": {"sha-256=:" + base64.StdEncoding.EncodeToString(other[:]) + ":"}}),
	} {
		id := f.submit("json-minify", `[1]`, "x-output-url", address)
		is := f.finished(id)
		if is.Status != "failed" || is.Error.Code != "DELIVERY_FAILED" || !strings.Contains(string(f.call("GET", "/jobs/"+id, "").body), `"upstream_code":"SignatureDoesNotMatch"`) {
			t.Errorf("%s: %s %+v", name, is.Status, is.Error)
		}
		if strings.Contains(f.log.String(), "X-Amz-Signature") {
			t.Errorf("%s: the log tells the address", name)
		}
	}
	for o := range c.ListObjects(t.Context(), blobtest.BucketName, minio.ListObjectsOptions{Recursive: true}) {
		t.Errorf("%s was taken: %v", o.Key, o.Err)
	}
}

// TestAPullWorkersOutputIsPut: its file, and its JSON; and what the storage refuses
// fails the job and not the worker's call.
func TestAPullWorkersOutputIsPut(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	f := serve(t, pullConfig+depositing(b))
	c := storageOf(t, b, blobtest.BucketSecret)
	key := f.workKey("transcribe")
	claimed := func(address string) (id string, l api.WorkLease) {
		id = f.submit("transcribe", "in", "x-output-url", address)
		l = f.claim(key, `{"wait":20}`)[0]
		if l.JobID != id {
			t.Fatalf("claimed %s, want %s", l.JobID, id)
		}
		return id, l
	}
	id, l := claimed(presigned(t, c, "large.csv", nil))
	large := strings.Repeat("srt ", 200_000)
	f.want("file", f.call("PUT", l.OutputURL, large, "Content-Type", "text/csv"), 204, "")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 204, "")
	wantPut(t, c, "large.csv", "text/csv", large, f.finished(id))

	id, l = claimed(presigned(t, c, "value.json", nil))
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":{"text" : "la"}}`, "x-api-key", key), 204, "")
	wantPut(t, c, "value.json", "application/json", `{"text" : "la"}`, f.finished(id))

	id, l = claimed(presigned(t, storageOf(t, b, "of-somebody-else"), "never.txt", nil))
	f.want("file", f.call("PUT", l.OutputURL, "text", "Content-Type", "text/plain"), 204, "")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 204, "")
	if is := f.finished(id); is.Status != "failed" || is.Error.Code != "DELIVERY_FAILED" {
		t.Errorf("%s %+v", is.Status, is.Error)
	}
	f.want("a second finish", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 409, "LEASE_LOST")
}

func TestACallbacksOutputIsPut(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, told := callbacks(t, nil)
	f := serve(t, configOf(s, jsonMode)+depositing(b))
	c := storageOf(t, b, blobtest.BucketSecret)
	id := f.submit("thumb", "in", "x-output-url", presigned(t, c, "thumb.png", nil))
	is := <-told
	f.want("file", f.call("PUT", is.CallbackURL, "\x89PNG", "Content-Type", "image/png", "x-api-key", ""), 204, "")
	f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success"}`, "x-api-key", ""), 204, "")
	wantPut(t, c, "thumb.png", "image/png", "\x89PNG", f.finished(id))

	id = f.submit("thumb", "in", "x-output-url", presigned(t, c, "thumb.json", nil))
	is = <-told
	f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success","result":{"w":7}}`, "x-api-key", ""), 204, "")
	wantPut(t, c, "thumb.json", "application/json", `{"w":7}`, f.finished(id))
}

// TestADeliveryUnderWay: what the worker tells again meanwhile is for later, the
// outcome is not recorded before, and a cancel ends it.
func TestADeliveryUnderWay(t *testing.T) {
	t.Parallel()
	arrived, gone, release := make(chan struct{}, 10), make(chan struct{}, 10), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the connection is watched from its end on
		arrived <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
			gone <- struct{}{}
		}
	}))
	t.Cleanup(s.Close)
	f := serve(t, "lease: 3s\n"+pullConfig+depositing(&blobtest.Bucket{Endpoint: s.URL}))
	key := f.workKey("transcribe")
	begun := func() (id, finish string, ended <-chan answer) {
		id = f.submit("transcribe", "in", "x-output-url", s.URL+"/out.json?signature=geheim")
		finish = "/work/" + f.claim(key, `{"wait":20}`)[0].Lease + "/finish"
		end := make(chan answer, 1)
		go func() {
			defer close(end)
			end <- f.call("POST", finish, `{"result":[1]}`, "x-api-key", key)
		}()
		<-arrived
		return id, finish, end
	}
	id, finish, ended := begun()
	f.want("the same meanwhile", f.call("POST", finish, `{"result":[1]}`, "x-api-key", key), 503, "UNAVAILABLE")
	var now api.Status
	f.call("GET", "/jobs/"+id, "").decode(t, &now)
	if now.Status != "processing" {
		t.Errorf("%s before it was taken", now.Status)
	}
	f.want("cancel", f.call("POST", "/jobs/"+id+"/cancel", ""), 202, "")
	<-gone
	f.want("the end of a canceled one", <-ended, 204, "")
	if is := f.finished(id); is.Status != "failed" || is.Error.Code != "CANCELED" {
		t.Errorf("%s %+v", is.Status, is.Error)
	}

	id, _, ended = begun()
	close(release)
	f.want("the end", <-ended, 204, "")
	if is := f.finished(id); is.Status != "success" {
		t.Errorf("%s %+v", is.Status, is.Error)
	}
}
