package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"
)

const (
	chunkBytes = 4 << 20 // what is kept of a reader that cannot go back
	partPause  = 200 * time.Millisecond
)

// errNoParts says that the server takes no files in parts.
var errNoParts = errors.New("the server takes no files in parts")

// A parts is one file on its way in parts (tus 1.0). It is for one goroutine.
type parts struct {
	*transfer

	c    *Client
	path string // /files/{id}
	key  string // of the file, for submissions
	at   int64  // how many bytes the server has
	size int64  // -1 if unknown
}

// uploadParts sends a file in parts, [errNoParts] where the server takes none; then
// nothing was read.
func (c *Client) uploadParts(ctx context.Context, name string, r io.Reader, size int64, t *transfer) (string, error) {
	p := &parts{transfer: t, c: c, size: size}
	if err := p.begin(ctx, name); err != nil {
		return "", err
	}
	err := p.all(ctx, r)
	if err == nil && p.key == "" {
		err = errors.New("the server told no key of the upload")
	}
	if err != nil {
		c.leave(ctx, p.path, tusHeader())
		return "", err
	}
	return p.key, nil
}

func tusHeader() http.Header { return http.Header{"Tus-Resumable": {"1.0.0"}} }

func (p *parts) begin(ctx context.Context, name string) error {
	h := tusHeader()
	h.Set("Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(name)))
	if p.size >= 0 {
		h.Set("Upload-Length", strconv.FormatInt(p.size, 10))
	} else {
		h.Set("Upload-Defer-Length", "1")
	}
	a, err := p.c.send(ctx, &call{method: http.MethodPost, path: "/files", header: h})
	if e, ok := errors.AsType[*Error](err); ok && (e.HTTPStatus == http.StatusNotFound || e.HTTPStatus == http.StatusMethodNotAllowed) {
		return errNoParts
	}
	if err != nil {
		return err
	}
	where, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusCreated || path.Base(where.Path) == "files" {
		return errNoParts
	}
	p.path = "/files/" + url.PathEscape(path.Base(where.Path)) // of this server: the key goes nowhere else
	p.note(a)
	return nil
}

// note takes over what an answer says of the upload.
func (p *parts) note(a *answer) {
	if key := a.header.Get("Upload-Key"); key != "" {
		p.key = key
	}
	if n, err := strconv.ParseInt(a.header.Get("Upload-Offset"), 10, 64); err == nil && n >= 0 {
		p.at = n
	}
}

// all sends everything that r has left.
func (p *parts) all(ctx context.Context, r io.Reader) error {
	if in := newInput(r); in.seek != nil && p.size >= 0 {
		return p.piece(ctx, &piece{r: r, seek: in.seek, start: in.start, size: p.size, last: true})
	}
	buffer := make([]byte, chunkBytes)
	for from := int64(0); ; {
		n, err := io.ReadFull(r, buffer)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("read the file: %w", err)
		}
		chunk := bytes.NewReader(buffer[:n])
		err = p.piece(ctx, &piece{r: chunk, seek: chunk, from: from, size: int64(n), last: last})
		if from += int64(n); err == nil && last && p.size >= 0 && from != p.size {
			err = fmt.Errorf("the file ended after %d bytes, of %d that were announced", from, p.size)
		}
		if err != nil || last {
			return err
		}
	}
}

// A piece is what can be sent again, in full or from a byte on.
type piece struct {
	r     io.Reader
	seek  io.Seeker
	start int64 // where it stands in r
	from  int64 // where it stands in the file
	size  int64
	last  bool // the file ends with it
}

// piece sends a piece, over as many requests as it takes.
func (p *parts) piece(ctx context.Context, one *piece) error {
	for sent := false; ; {
		before := p.at
		err := p.c.keepTrying(ctx, trial{again: true}, func() error {
			if sent {
				if err := p.ask(ctx); err != nil {
					return err
				}
			}
			sent = true
			err := p.patch(ctx, one)
			if err != nil && p.at > before {
				before = p.at
				return goOnError{err}
			}
			return err
		})
		on, ok := errors.AsType[goOnError](err)
		switch {
		case !ok:
			return err
		case ctx.Err() != nil || p.c.tries == 1:
			return on.error
		}
		if err := sleep(ctx, partPause); err != nil {
			return err
		}
	}
}

// ask asks how much has arrived.
func (p *parts) ask(ctx context.Context) error {
	a, err := p.c.once(ctx, &call{method: http.MethodHead, path: p.path, header: tusHeader()})
	if err == nil {
		p.note(a)
	}
	return err
}

// patch sends what is left of a piece.
func (p *parts) patch(ctx context.Context, one *piece) error {
	left := one.from + one.size - p.at
	if left < 0 || p.at < one.from {
		return fmt.Errorf("the server has %d bytes, which were not sent", p.at)
	}
	h := tusHeader()
	if p.size < 0 && one.last {
		h.Set("Upload-Length", strconv.FormatInt(one.from+one.size, 10))
	} else if left == 0 {
		return nil
	}
	h.Set("Content-Type", "application/offset+octet-stream")
	h.Set("Upload-Offset", strconv.FormatInt(p.at, 10))
	base, total := p.at, p.size
	in := &input{r: io.LimitReader(one.r, left), seek: one.seek, start: one.start + p.at - one.from, size: left}
	in.progress = func(done, _ int64) { p.progress(base+done, total) }
	a, err := p.c.once(ctx, &call{method: http.MethodPatch, path: p.path, header: h, in: in})
	if e, ok := errors.AsType[*Error](err); ok && (e.HTTPStatus == http.StatusConflict && e.Code != "UPLOAD_IN_USE" || e.HTTPStatus == http.StatusLocked) {
		return lostError{error: err} // what an earlier request has sent is still being written
	}
	if err != nil {
		return err
	}
	p.note(a)
	if p.at != one.from+one.size {
		return lostError{error: fmt.Errorf("the server has %d bytes of %d", p.at, one.from+one.size)}
	}
	return nil
}
