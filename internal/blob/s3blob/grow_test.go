package s3blob_test

import (
	"testing"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/s3blob"
)

func TestGrowth(t *testing.T) { // alone: it measures what is allocated
	b := blobtest.StartBucket(t)
	blobtest.RunGrowth(t, func(t *testing.T) blobtest.Growth {
		t.Helper()
		clear(t, b)
		return growth(t, b, open(t, b))
	})
}

func growth(t *testing.T, b *blobtest.Bucket, s *s3blob.Store) blobtest.Growth {
	t.Helper()
	return blobtest.Growth{Store: s, Grower: s, Again: func(t *testing.T) blobtest.Growth { t.Helper(); return growth(t, b, open(t, b)) }}
}
