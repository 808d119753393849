package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// ErrDigest means that a download is not what the server says the file is.
var ErrDigest = errors.New("the download does not have the digest of the file")

// ErrNoFile means that the result of a job is no file.
var ErrNoFile = errors.New("the job has made no file; its result says all")

// Download writes the file that a job has made, and returns its size. It goes on
// where it was when the connection is lost, and asks for a fresh link when the one
// that it has expires. What was written is good only if the error is nil: it was
// checked against the SHA-256 that the server sends, and [ErrDigest] tells that it
// differs. A job that is not finished is [ErrNotFinished], a failed one its *[Error].
func (c *Client) Download(ctx context.Context, id string, w io.Writer, options ...TransferOption) (int64, error) {
	d := c.download(options)
	d.renew = func() (string, error) { return c.linkOf(ctx, id) }
	return d.into(ctx, w)
}

// DownloadLink is Download of the file that a link of a result leads to. The link
// carries its own permission: no key is sent. An expired link is an *[Error] with the
// code LINK_EXPIRED; [Client.Get] has a fresh one.
func (c *Client) DownloadLink(ctx context.Context, link string, w io.Writer, options ...TransferOption) (int64, error) {
	d := c.download(options)
	d.link = link
	return d.into(ctx, w)
}

// linkOf asks for the link to the file of a job.
func (c *Client) linkOf(ctx context.Context, id string) (string, error) {
	s, err := c.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if s.Status == success && !bytes.HasPrefix(s.Result, []byte("{")) { // a tool may answer any JSON
		return "", ErrNoFile
	}
	r, err := ResultOf(s)
	if err == nil && r.File == "" {
		err = ErrNoFile
	}
	return r.File, err
}

// A download is one file on its way. It is for one goroutine.
type download struct {
	transfer

	c     *Client
	link  string                 // empty: renew has it
	renew func() (string, error) // nil: there is none
	fresh bool                   // the link is new, and nothing was had by it yet

	tag    string // of the file, once it is known
	digest []byte // SHA-256; nil where the server sends none
	total  int64  // -1 if unknown
	done   int64
	sum    hash.Hash // of what is done
}

func (c *Client) download(options []TransferOption) *download {
	return &download{transfer: newTransfer(options), c: c, total: -1, sum: sha256.New()}
}

// into writes the file from its beginning.
func (d *download) into(ctx context.Context, w io.Writer) (int64, error) {
	if err := d.copy(ctx, w); err != nil {
		return d.done, fmt.Errorf("download: %w", err)
	}
	return d.done, nil
}

// copy writes what is left of the file, over as many connections as it takes, and
// checks the whole.
func (d *download) copy(ctx context.Context, w io.Writer) error {
	for d.total < 0 || d.done < d.total {
		before := d.done
		err := d.withLink(ctx, func() error {
			err := d.some(ctx, w)
			if _, cut := errors.AsType[lostError](err); cut && d.done > before { // the line works, if not for long
				return goOnError{err}
			}
			return err
		})
		on, ok := errors.AsType[goOnError](err)
		switch {
		case err == nil:
			return d.check()
		case !ok:
			return err
		case ctx.Err() != nil || d.c.tries == 1:
			return on.error
		}
		if ended := sleep(ctx, min(firstPause, d.c.maxPause)); ended != nil {
			return fmt.Errorf("%w, while waiting after: %w", ended, on.error)
		}
	}
	return d.check()
}

// withLink does some work with the link, once more with a fresh one where the
// link has expired.
func (d *download) withLink(ctx context.Context, work func() error) error {
	for {
		if d.link == "" {
			link, err := d.renew()
			if err != nil {
				return err
			}
			d.link, d.fresh = link, true
		}
		err := d.c.keepTrying(ctx, trial{again: true}, work)
		e, refused := errors.AsType[*Error](err)
		if !refused || e.HTTPStatus != http.StatusForbidden || d.renew == nil || d.fresh {
			return err
		}
		d.link = ""
	}
}

// goOnError ends a row of failures: bytes have come.
type goOnError struct{ error }

// check compares what came with what the server says the file is.
func (d *download) check() error {
	if got := d.sum.Sum(nil); d.digest != nil && string(got) != string(d.digest) {
		return fmt.Errorf("%w: %d bytes with SHA-256 %x, want %x", ErrDigest, d.done, got, d.digest)
	}
	return nil
}

// some writes what one connection brings.
func (d *download) some(ctx context.Context, w io.Writer) error {
	resp, err := d.ask(ctx, http.MethodGet)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK && d.done > 0 { // the whole file again
		if _, err := io.CopyN(io.Discard, resp.Body, d.done); err != nil {
			return lostError{error: err}
		}
	}
	d.progress(d.done, d.total)
	buffer := make([]byte, 128<<10)
	for {
		n, err := resp.Body.Read(buffer)
		if n > 0 {
			m, writeErr := w.Write(buffer[:n])
			d.sum.Write(buffer[:m]) // it never fails
			d.done += int64(m)
			if writeErr != nil {
				return writeErr
			}
			d.progress(d.done, d.total)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case errors.Is(err, io.EOF) && d.total >= 0 && d.done < d.total:
			return lostError{error: io.ErrUnexpectedEOF}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return lostError{error: err}
		}
	}
}

// ask makes one request for what is left, and notes what its answer says of the
// file; on a nil error the body is the caller's to close.
func (d *download) ask(ctx context.Context, method string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.link, nil)
	if err != nil {
		return nil, errors.New("the link is no address")
	}
	req.Header.Set("Accept-Encoding", "identity") // the digest is of the file itself
	req.Header.Set("User-Agent", d.c.agent)
	if d.done > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(d.done, 10)+"-")
		if d.tag != "" {
			req.Header.Set("If-Range", d.tag)
		}
	}
	resp, err := d.c.files.Do(req)
	if err != nil {
		return nil, lost(err)
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent && d.done > 0 {
		if err := d.note(resp); err != nil {
			return nil, errors.Join(err, resp.Body.Close())
		}
		d.fresh = false
		d.c.reached.Store(true)
		return resp, nil
	}
	a, err := whole(resp, 0)
	if err != nil {
		return nil, err
	}
	return nil, a.failure()
}

// errChanged says that a file is not the one that was begun.
var errChanged = errors.New("the file has changed meanwhile; begin anew")

// note takes over what an answer says of the file.
func (d *download) note(resp *http.Response) error {
	digest, err := d.digestOf(resp)
	if err != nil {
		return err
	}
	if d.done > 0 && string(digest) != string(d.digest) {
		return errChanged
	}
	total := resp.ContentLength
	if resp.StatusCode == http.StatusPartialContent {
		var from, to int64
		if n, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total); n != 3 || err != nil || from != d.done {
			return fmt.Errorf("the server's Content-Range %q is not what was asked for", resp.Header.Get("Content-Range"))
		}
	}
	d.digest, d.total, d.tag = digest, total, resp.Header.Get("Etag")
	if strings.HasPrefix(d.tag, "W/") {
		d.tag = ""
	}
	return nil
}

// digestOf is the SHA-256 of a file. A storage to which the server leads has none
// to tell: then what comes is checked by its length alone.
func (d *download) digestOf(resp *http.Response) ([]byte, error) {
	digest, err := reprDigest(resp.Header)
	if errors.Is(err, errNoDigest) && resp.Request != nil && resp.Request.Response != nil {
		return nil, nil //nolint:nilnil // there is none
	}
	return digest, err
}

var errNoDigest = errors.New("the server sent no SHA-256 in Repr-Digest, so that nothing could be checked")

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
	return nil, errNoDigest
}
