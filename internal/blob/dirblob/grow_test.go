package dirblob_test

import (
	"testing"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/dirblob"
)

func TestGrowth(t *testing.T) {
	blobtest.RunGrowth(t, func(t *testing.T) blobtest.Growth { t.Helper(); return growth(t, t.TempDir(), open) })
}

func TestGrowthOfASharedFolder(t *testing.T) {
	blobtest.RunGrowth(t, func(t *testing.T) blobtest.Growth { t.Helper(); return growth(t, t.TempDir(), share) })
}

func growth(t *testing.T, folder string, open func(*testing.T, string) *dirblob.Store) blobtest.Growth {
	t.Helper()
	s := open(t, folder)
	return blobtest.Growth{Store: s, Grower: s, Again: func(t *testing.T) blobtest.Growth { t.Helper(); return growth(t, folder, open) }}
}
