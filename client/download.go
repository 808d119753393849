package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrDigest means that a download is not what the server says the file is.
var ErrDigest = errors.New("the download does not have the digest of the file")

// Download writes the file that a link of a result leads to, and returns its
// size. The link carries its own permission: no key is sent. What was written
// is good only if the error is nil: it was checked against the SHA-256 that
// the server sends, and [ErrDigest] tells that it differs. An expired link is an
// *[Error] with the code LINK_EXPIRED; [Client.Status] has a fresh one.
func (c *Client) Download(ctx context.Context, link string, w io.Writer) (int64, error) {
	var resp *http.Response
	err := c.keepTrying(ctx, true, func() (err error) {
		resp, err = c.open(ctx, link) //nolint:bodyclose // closed below, when the trials are over
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("download: %w", err)
	}
	defer resp.Body.Close()
	want, err := reprDigest(resp.Header)
	if err != nil {
		return 0, fmt.Errorf("download: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), resp.Body)
	if err != nil {
		return n, fmt.Errorf("download: %w", err)
	}
	if got := sum.Sum(nil); string(got) != string(want) {
		return n, fmt.Errorf("%w: %d bytes with SHA-256 %x, want %x", ErrDigest, n, got, want)
	}
	return n, nil
}

// open asks for a file; on a nil error the body is the caller's to close.
func (c *Client) open(ctx context.Context, link string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity") // the digest is of the file itself
	req.Header.Set("User-Agent", "claimcheck-client")
	resp, err := c.files.Do(req)
	if err != nil {
		return nil, lostError{err}
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	a, err := whole(resp)
	if err != nil {
		return nil, err
	}
	return nil, a.failure()
}

// reprDigest is the SHA-256 in a Repr-Digest field (RFC 9530).
func reprDigest(h http.Header) ([]byte, error) {
	for item := range strings.SplitSeq(strings.Join(h.Values("Repr-Digest"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		if name != "sha-256" {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.Trim(value, ":"))
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("the server's Repr-Digest %q is not well formed", item)
		}
		return sum, nil
	}
	return nil, errors.New("the server sent no SHA-256 in Repr-Digest, so that nothing could be checked")
}
