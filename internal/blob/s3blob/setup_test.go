package s3blob_test

import (
	"os"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

// TestMain has the client's library wait less after each try that failed, also
// after the last: what tests are about is how often it is tried, not how long.
func TestMain(m *testing.M) {
	minio.DefaultRetryUnit, minio.DefaultRetryCap = 2*time.Millisecond, 20*time.Millisecond
	os.Exit(m.Run()) //nolint:forbidigo // of the test binary
}
