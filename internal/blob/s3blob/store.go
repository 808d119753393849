// Package s3blob keeps blobs in a bucket of a storage with the S3 interface. A
// file is spooled in a local folder while it is written, and its parts go to
// the bucket meanwhile; it appears there when it is complete. Clients post
// uploads to the bucket themselves. Several processes may use one bucket.
package s3blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

const (
	defaultRegion = "us-east-1"
	abandoned     = 24 * time.Hour   // parts of a file that nobody completed for so long are removed
	endTime       = 20 * time.Second // to take back what was begun, after the caller has gone
	folderMode    = 0o700
)

// Options say where the bucket is.
type Options struct {
	Endpoint string // scheme and host; empty: Amazon's of the region
	Region   string // empty: us-east-1
	Bucket   string
	Spool    string // a local folder for files that are being written; made if its parent is there

	// Credentials say who we are; nil means what S3 tools do: the environment's
	// AWS_ACCESS_KEY_ID and so on, then the shared file, then the machine's role.
	Credentials *credentials.Credentials
	// Transport carries the requests; nil means one that gives up on silence.
	Transport http.RoundTripper
	// Silence is how long the storage may be silent in the middle of a request, an
	// answer or between them; 0 means a minute. It is of the default Transport.
	Silence time.Duration
	// Tries is how often a request is made until it is given up; 0 means 6.
	Tries int
	// Pause is after how long a read that broke goes on, twice as long each time that
	// it breaks again without a byte; 0 means 200 ms.
	Pause time.Duration
}

const (
	defaultTries = 6 // over about five seconds
	defaultPause = 200 * time.Millisecond
)

// A Store is a bucket of blobs; blob.go says what its methods promise.
type Store struct {
	core   minio.Core
	bucket string
	spool  string
	pause  time.Duration // see Options
	locks  blob.Locks    // of growing files
}

// Open returns the store of a bucket that is there.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Region == "" {
		o.Region = defaultRegion
	}
	if o.Endpoint == "" {
		o.Endpoint = "https://s3." + o.Region + ".amazonaws.com"
	}
	if o.Tries == 0 {
		o.Tries = defaultTries
	}
	if o.Pause == 0 {
		o.Pause = defaultPause
	}
	if o.Silence == 0 {
		o.Silence = defaultSilence
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.Silence)
	}
	if o.Credentials == nil {
		o.Credentials = credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Region: o.Region},
		})
	}
	at, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	client, err := minio.New(at.Host, &minio.Options{
		Creds: o.Credentials, Secure: at.Scheme == "https", Region: o.Region, MaxRetries: o.Tries, Transport: o.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	if err := os.Mkdir(o.Spool, folderMode); err != nil && !os.IsExist(err) {
		return nil, fmt.Errorf("open spool of bucket: %w", err)
	}
	s := &Store{core: minio.Core{Client: client}, bucket: o.Bucket, spool: o.Spool, pause: o.Pause}
	there, err := s.core.BucketExists(ctx, o.Bucket)
	if err == nil && !there {
		err = errors.New("there is no such bucket")
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", o.Bucket, err)
	}
	return s, nil
}

// Create implements [blob.Store].
func (s *Store) Create(ctx context.Context, key string) (blob.Writer, error) {
	object, err := objectOf(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.create(key, object)
}

// Open implements [blob.Store]. Reads end with ctx.
func (s *Store) Open(ctx context.Context, key string) (blob.Reader, error) {
	object, err := objectOf(key)
	if err != nil {
		return nil, err
	}
	info, err := s.core.StatObject(ctx, s.bucket, object, minio.StatObjectOptions{})
	if err != nil {
		return nil, trouble(ctx, "open blob", err)
	}
	return &reader{ctx: ctx, store: s, object: object, size: info.Size, etag: info.ETag}, nil
}

// Remove implements [blob.Store].
func (s *Store) Remove(ctx context.Context, keys ...string) error {
	var errs []error
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, err)...)
		}
		object, err := objectOf(key)
		if err == nil && blob.CheckGrowing(key) == nil {
			err = s.removeGrowing(ctx, object)
		}
		if err == nil {
			err = s.remove(ctx, object)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Store) remove(ctx context.Context, object string) error {
	err := s.core.RemoveObject(ctx, s.bucket, object, minio.RemoveObjectOptions{})
	if err = trouble(ctx, "remove blob", err); fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Walk implements [blob.Store]. It also ends what was begun a day before the
// given time and never completed.
func (s *Store) Walk(ctx context.Context, before time.Time, visit func(key string) error) error {
	ctx, cancel := context.WithCancel(ctx) // ends the listings
	defer cancel()
	last := "" // growing file: it has several objects, one after the other
	for info := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Recursive: true}) {
		if info.Err != nil {
			return trouble(ctx, "walk blobs", info.Err)
		}
		key, ok := keyOf(info.Key)
		grows, is := growingKeyOf(info.Key)
		if is {
			key, ok = grows, grows != last
		}
		if !ok || !info.LastModified.Before(before) {
			continue
		}
		if is {
			last = key
		}
		if err := visit(key); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.endAbandoned(ctx, before.Add(-abandoned))
}

func (s *Store) endAbandoned(ctx context.Context, before time.Time) error {
	for begun := range s.core.ListIncompleteUploads(ctx, s.bucket, "", true) {
		if begun.Err != nil {
			return trouble(ctx, "find abandoned parts", begun.Err)
		}
		if _, ok := keyOf(begun.Key); !ok || !begun.Initiated.Before(before) {
			continue
		}
		if i, there, err := s.readInfo(ctx, begun.Key); err != nil {
			return err
		} else if there && i.Upload == begun.UploadID { // it grows, for as long as its row is there
			continue
		}
		err := trouble(ctx, "remove abandoned parts", s.core.AbortMultipartUpload(ctx, s.bucket, begun.Key, begun.UploadID))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return ctx.Err()
}

// pingSum is the SHA-256 of a point.
const pingSum = "cdb4ee2aea69cc6a83331bbe96dc2caa9a299d21329efb0336fc02a82e1839a8"

// Ping implements [blob.Store] by writing an object of its own.
func (s *Store) Ping(ctx context.Context) error {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return fmt.Errorf("ping bucket: %w", err)
	}
	object := pingPrefix + hex.EncodeToString(random[:])
	_, err := s.core.PutObject(ctx, s.bucket, object, strings.NewReader("."), 1, "", pingSum, minio.PutObjectOptions{DisableContentSha256: true})
	if err != nil {
		return trouble(ctx, "ping bucket", err)
	}
	return s.remove(ctx, object)
}

// trouble says what was being done. What is not there is NotFound; anything
// else that the storage or the way to it did is Unavailable.
func trouble(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", doing, cause)
	}
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchKey", "NotFound", "NoSuchUpload":
		return fault.New(fault.NotFound, "NOT_FOUND", "there is no such file").Because(fmt.Errorf("%s: %w", doing, err))
	case "PreconditionFailed":
		return fault.New(fault.Conflict, "FILE_EXISTS", "There is such a file already.").Because(fmt.Errorf("%s: %w", doing, err))
	}
	return fault.New(fault.Unavailable, "UNAVAILABLE", "The storage of files does not work now.").Because(fmt.Errorf("%s: %w", doing, err))
}
