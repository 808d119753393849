package s3blob_test

import (
	"path/filepath"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/s3blob"
)

func TestStore(t *testing.T) { // the whole suite on this backend
	t.Parallel()
	b := blobtest.StartBucket(t)
	blobtest.Run(t, func(t *testing.T) blob.Store {
		t.Helper()
		clear(t, b)
		return open(t, b)
	})
}

var keys = credentials.NewStaticV4(blobtest.BucketAccess, blobtest.BucketSecret, "")

func options(t *testing.T, b *blobtest.Bucket) s3blob.Options {
	t.Helper()
	return s3blob.Options{Endpoint: b.Endpoint, Bucket: blobtest.BucketName, Spool: filepath.Join(t.TempDir(), "spool"), Credentials: keys}
}

func open(t *testing.T, b *blobtest.Bucket) *s3blob.Store {
	t.Helper()
	s, err := s3blob.Open(t.Context(), options(t, b))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// client is another program that uses the bucket.
func client(t *testing.T, b *blobtest.Bucket) *minio.Client {
	t.Helper()
	c, err := minio.New(b.Endpoint[len("http://"):], &minio.Options{Creds: keys, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clear empties the bucket.
func clear(t *testing.T, b *blobtest.Bucket) {
	t.Helper()
	c := client(t, b)
	for o := range c.ListObjects(t.Context(), blobtest.BucketName, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		if err := c.RemoveObject(t.Context(), blobtest.BucketName, o.Key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
