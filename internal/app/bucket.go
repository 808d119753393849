package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/blob/s3blob"
	"claimcheck/internal/config"
)

const openTime = 30 * time.Second // for a bucket to answer at the start

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
)

// parseBucket reads the address of a bucket, s3://bucket?endpoint=URL&region=NAME.
func parseBucket(address string) (o s3blob.Options, err error) {
	u, err := parseStorage(address)
	if err != nil {
		return o, err
	}
	o.Bucket = u.Host
	if !bucketName.MatchString(o.Bucket) || strings.Contains(o.Bucket, "..") || strings.Trim(u.Path, "/") != "" {
		return o, fmt.Errorf("%s does not name a bucket as s3://files does", config.Shown(address))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return o, notBlobs(address)
	}
	for name, values := range query {
		value := values[0]
		switch {
		case len(values) > 1:
			return o, fmt.Errorf("%s has %s more than once", config.Shown(address), config.ShownName(name))
		case name == "endpoint":
			base, ok := config.ParseBase(strings.TrimSuffix(value, "/"))
			if !ok {
				return o, fmt.Errorf("%s is not an endpoint such as https://s3.example.org", config.Shown(value))
			}
			o.Endpoint = base
		case name == "region" && regionName.MatchString(value):
			o.Region = value
		default:
			return o, fmt.Errorf("%s has %s, which is neither endpoint nor a region", config.Shown(address), config.ShownName(name))
		}
	}
	return o, nil
}

func openBucket(ctx context.Context, cfg *config.Config) (*blobs, error) {
	o, err := parseBucket(cfg.Blobs.Text)
	if err != nil {
		return nil, err
	}
	o.Spool = filepath.Join(cfg.Data, spoolName)
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	s, err := s3blob.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("open the storage of files: %w", err)
	}
	b := &blobs{pinnable: &pinnable{Store: s}, grower: s, poster: s, close: func() error { return nil }}
	if b.postsTo, err = s.PostsTo(ctx); err != nil {
		return nil, fmt.Errorf("open the storage of files: %w", err)
	}
	b.copy = func(ctx context.Context, key string, to *dirblob.Store) (int64, error) {
		return copyBlob(ctx, b, key, to)
	}
	if cfg.DownloadMode == redirectMode {
		b.linker = s
	}
	return b, nil
}
