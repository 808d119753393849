package s3blob_test

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/s3blob"
)

func TestWhatADeadProcessBeganIsEndedByTheWalk(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s := open(t, b)
	w, err := s.Create(t.Context(), "outputs/lost")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(large); err != nil { // and its process dies
		t.Fatal(err)
	}
	waitForParts(t, b, 2) // those on their way could survive
	walk := func(before time.Time) {
		t.Helper()
		if err := s.Walk(t.Context(), before, func(key string) error { t.Errorf("there is %s", key); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	walk(time.Now().Add(23 * time.Hour))
	if got := incomplete(t, b); len(got) != 1 {
		t.Errorf("another process's file was ended too early: %q", got)
	}
	walk(time.Now().Add(25 * time.Hour))
	if got := incomplete(t, b); len(got) != 0 {
		t.Errorf("left %q", got)
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Error("committed without its parts")
	}
	w.Abort()
}

// waitForParts waits until so many parts of the one file that was begun are
// there.
func waitForParts(t *testing.T, b *blobtest.Bucket, want int) {
	t.Helper()
	core := minio.Core{Client: client(t, b)}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		list, err := core.ListMultipartUploads(t.Context(), blobtest.BucketName, "", "", "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list.Uploads {
			parts, err := core.ListObjectParts(t.Context(), blobtest.BucketName, u.Key, u.UploadID, 0, 10)
			if err == nil && len(parts.ObjectParts) == want {
				return
			}
		}
		<-tick.C
	}
	t.Fatal("the parts do not arrive")
}

func TestForeignObjectsAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s := open(t, b)
	c := client(t, b)
	foreign := []string{"README", "ann/notes.json", "a/b/c.json", "ann/upl_12/a.json", "_/x", "_other/file", "_/a/b.c.d.e", "inputs/0193f1d0-7b1a-7c3e-8f00-0123456789ab"}
	for _, name := range foreign {
		if _, err := c.PutObject(t.Context(), blobtest.BucketName, name, strings.NewReader("x"), 1, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	upload := "ann/upl_" + strings.Repeat("0a", 16) + "/Data.json"
	if _, err := c.PutObject(t.Context(), blobtest.BucketName, upload, strings.NewReader("x"), 1, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	err := s.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error { keys = append(keys, key); return nil })
	if err != nil || !slices.Equal(keys, []string{blob.Uploads + upload}) {
		t.Errorf("got %q, %v, want the upload alone", keys, err)
	}
}

func TestTheSpoolIsEmptyAfterwards(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	o := options(t, b)
	s, err := s3blob.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := io.WriteString(w, "x"); err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(o.Spool); err != nil || len(list) != 0 { // a dead process leaves nothing there
		t.Errorf("%d files in the spool, %v", len(list), err)
	}
}

func TestABucketThatIsNotThereIsNotOpened(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	o := options(t, b)
	o.Bucket = "other"
	if _, err := s3blob.Open(t.Context(), o); err == nil {
		t.Error("opened")
	}
}
