package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/blob/s3blob"
	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
)

const (
	blobsName = "files"
	spoolName = "spool"

	redirectMode = "redirect"
	openTime     = 30 * time.Second // for a bucket to answer at the start
)

// blobs is an opened storage of files.
type blobs struct {
	*holdable
	copy   func(ctx context.Context, key string, to *dirblob.Store) (int64, error) // copies a file
	poster httpapi.Poster                                                          // nil: clients post files to this server
	linker httpapi.FileLinker                                                      // nil: files are downloaded through this server
	began  time.Time                                                               // files last changed before are of earlier processes; zero: it is shared, and that cannot be known
	close  func() error
}

// openBlobs is the one list of storages.
func openBlobs(ctx context.Context, cfg *config.Config) (*blobs, error) {
	if cfg.DownloadMode == redirectMode {
		if cfg.Blobs.Bucket == "" {
			return nil, errors.New("download_mode redirect needs blobs of the form s3://bucket")
		}
		if cfg.DownloadHost == "" || cfg.DownloadHost == cfg.PublicURL {
			return nil, errors.New("download_mode redirect needs a download_host that is not the API's: redirected files come without the headers that keep them from running")
		}
	}
	switch b := cfg.Blobs; {
	case b.Bucket != "":
		return openBucket(ctx, cfg)
	case b.Folder != "":
		s, err := dirblob.Share(b.Folder)
		if err != nil {
			return nil, fmt.Errorf("open the shared folder of files %s: %w", b.Folder, err)
		}
		return &blobs{holdable: &holdable{Store: s}, copy: s.Copy, close: s.Close}, nil
	default:
		s, err := dirblob.Open(filepath.Join(cfg.Data, blobsName))
		if err != nil {
			return nil, fmt.Errorf("open the folder of files: %w", err)
		}
		return &blobs{holdable: &holdable{Store: s}, copy: s.Copy, began: s.Opened(), close: s.Close}, nil
	}
}

func openBucket(ctx context.Context, cfg *config.Config) (*blobs, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	s, err := s3blob.Open(ctx, s3blob.Options{
		Endpoint: cfg.Blobs.Endpoint, Region: cfg.Blobs.Region, Bucket: cfg.Blobs.Bucket, Spool: filepath.Join(cfg.Data, spoolName),
	})
	if err != nil {
		return nil, fmt.Errorf("open the storage of files: %w", err)
	}
	b := &blobs{holdable: &holdable{Store: s}, poster: s, close: func() error { return nil }}
	b.copy = func(ctx context.Context, key string, to *dirblob.Store) (int64, error) {
		return copyBlob(ctx, b, key, to)
	}
	if cfg.DownloadMode == redirectMode {
		b.linker = s
	}
	return b, nil
}
