package s3blob

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
	"claimcheck/internal/job"
)

// mostPosted is the largest file that S3 takes in one post.
const mostPosted = 5 << 30

// Form returns a presigned post of an upload's file, of 1 to maxBytes bytes (0:
// as many as a post can have), until a time.
func (s *Store) Form(ctx context.Context, u *job.Upload, maxBytes int64, until time.Time) (address string, fields map[string]string, err error) {
	if maxBytes <= 0 || maxBytes > mostPosted {
		maxBytes = mostPosted
	}
	p := minio.NewPostPolicy()
	for _, set := range []func() error{
		func() error { return p.SetBucket(s.bucket) },
		func() error { return p.SetKey(u.Key()) },
		func() error { return p.SetExpires(until.UTC()) },
		func() error { return p.SetContentLengthRange(0, maxBytes) },
		func() error { return p.SetUserMetadata("user-id", u.Owner) },
		func() error { return p.SetUserMetadata("upload-id", u.ID) },
		func() error { return p.SetUserMetadata("original-filename", u.Name) },
	} {
		if err := set(); err != nil {
			return "", nil, fmt.Errorf("sign upload: %w", err)
		}
	}
	at, fields, err := s.core.PresignedPostPolicy(ctx, p)
	if err != nil {
		return "", nil, trouble(ctx, "sign upload", err)
	}
	return at.String(), fields, nil
}

// PostsTo returns the origin of all addresses that clients are given here: the
// scheme and host of the bucket, as a browser's rules name it.
func (s *Store) PostsTo(ctx context.Context) (string, error) {
	at, err := s.core.Presign(ctx, http.MethodGet, s.bucket, "x", maxLinkLife, nil)
	if err != nil {
		return "", trouble(ctx, "ask where the bucket is", err)
	}
	return at.Scheme + "://" + at.Host, nil
}

// maxLinkLife is how long a link to the bucket itself is good.
const maxLinkLife = time.Minute

// Link returns an address at the storage itself from which a file can be had
// for at most a minute, as an attachment of this name and type; the signature is
// good for one method, GET or HEAD.
func (s *Store) Link(ctx context.Context, method, key, name, contentType string, life time.Duration) (string, error) {
	object, err := objectOf(key)
	if err != nil {
		return "", err
	}
	life = min(life, maxLinkLife)
	if life < time.Second {
		return "", fault.New(fault.Forbidden, "LINK_EXPIRED", "This link has expired; ask for the job's status again to get a fresh one.")
	}
	at, err := s.core.Presign(ctx, method, s.bucket, object, life, url.Values{
		"response-content-disposition": {filename.Attachment(name)},
		"response-content-type":        {contentType},
	})
	if err != nil {
		return "", trouble(ctx, "sign link", err)
	}
	return at.String(), nil
}
