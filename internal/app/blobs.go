package app

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/config"
)

const blobsName = "files"

// blobs is an opened storage of files.
type blobs struct {
	blob.Store
	began time.Time // files last changed before are of earlier processes; zero: it is shared, and that cannot be known
	close func() error
}

// openBlobs is the one list of storages.
func openBlobs(cfg *config.Config) (*blobs, error) {
	switch b := cfg.Blobs; {
	case b.Bucket != "":
		return nil, errors.New("storages with the S3 interface are not there yet")
	case b.Folder != "":
		s, err := dirblob.Share(b.Folder)
		if err != nil {
			return nil, fmt.Errorf("open the shared folder of files %s: %w", b.Folder, err)
		}
		return &blobs{Store: s, close: s.Close}, nil
	default:
		s, err := dirblob.Open(filepath.Join(cfg.Data, blobsName))
		if err != nil {
			return nil, fmt.Errorf("open the folder of files: %w", err)
		}
		return &blobs{Store: s, began: s.Opened(), close: s.Close}, nil
	}
}
