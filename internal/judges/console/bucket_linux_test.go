package console_test

import (
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/cors"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/serverproc"
)

// TestUploadsToABucket: the page's policy lets it post to the bucket; the bucket
// must let it too, by its CORS rules, and what the page says where it does not.
func TestUploadsToABucket(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	h := openHouseWith(t, b.Env(), serverproc.Folder(t), "--blobs=s3://"+blobtest.BucketName+"?endpoint="+b.Endpoint)
	walk[any](t, h.way("bucket.mjs", map[string]any{"storage": b.Endpoint}, map[string]func(*testing.T) any{
		"allow": func(t *testing.T) any {
			t.Helper()
			allowPosts(t, b, h.line.URL)
			return nil
		},
	}))
}

// allowPosts sets the bucket's CORS rules.
func allowPosts(t *testing.T, b *blobtest.Bucket, origin string) {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(b.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(blobtest.BucketAccess, blobtest.BucketSecret, "")})
	if err != nil {
		t.Fatal(err)
	}
	rules := cors.NewConfig([]cors.Rule{{AllowedOrigin: []string{origin}, AllowedMethod: []string{"POST"}, AllowedHeader: []string{"*"}}})
	if err := client.SetBucketCors(t.Context(), blobtest.BucketName, rules); err != nil {
		t.Fatal(err)
	}
}
