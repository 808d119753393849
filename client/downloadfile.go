package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// DownloadFile downloads the file that a job has made to a path, and returns its
// size. It is written under another name beside that, .NAME.DIGEST.part, and renamed
// when it is whole and has the digest that the server sends; until then what was at
// the path stays. A download that was ended goes on where it was when it is asked for
// again. Else it is as [Client.Download]. Two at a time to one path do no harm.
func (c *Client) DownloadFile(ctx context.Context, id, path string, options ...TransferOption) (int64, error) {
	d := c.download(options)
	d.renew = func() (string, error) { return c.linkOf(ctx, id) }
	return d.toFile(ctx, path)
}

// DownloadLinkFile is DownloadFile of the file that a link leads to, as
// [Client.DownloadLink] is.
func (c *Client) DownloadLinkFile(ctx context.Context, link, path string, options ...TransferOption) (int64, error) {
	d := c.download(options)
	d.link = link
	return d.toFile(ctx, path)
}

func (d *download) toFile(ctx context.Context, path string) (int64, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return 0, fmt.Errorf("download to %s: it is a folder", path)
	}
	err := d.withLink(ctx, func() error {
		resp, err := d.ask(ctx, http.MethodHead) // tells which file it is
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("download to %s: %w", path, err)
	}
	if err := d.viaPart(ctx, path); err != nil {
		return d.done, fmt.Errorf("download to %s: %w", path, err)
	}
	return d.done, nil
}

// viaPart writes the file beside the path and renames it.
func (d *download) viaPart(ctx context.Context, path string) error {
	part := d.partName(path)
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o666) //nolint:gosec // as the program's other files; the path is the caller's
	if err != nil {
		return err
	}
	w := &partWriter{f: f}
	if d.digest != nil {
		err = d.resume(w)
	}
	if err == nil {
		err = d.copy(ctx, w)
	}
	if err == nil {
		err = errors.Join(f.Truncate(d.done), f.Sync())
	}
	info, statErr := f.Stat()
	err = errors.Join(err, statErr, f.Close())
	switch {
	case err == nil:
		return d.rename(part, path, info)
	case d.done == 0 || errors.Is(err, ErrDigest) || errors.Is(err, errChanged) || d.digest == nil: // nothing to go on from
		return errors.Join(err, remove(part))
	default:
		return err
	}
}

// rename gives the part its final name; another download of the same file to the
// same path may have done so.
func (d *download) rename(part, path string, written fs.FileInfo) error {
	err := os.Rename(part, path)
	if errors.Is(err, fs.ErrNotExist) {
		if there, statErr := os.Stat(path); statErr == nil && os.SameFile(there, written) {
			return nil
		}
	}
	return err
}

func remove(part string) error {
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// partName is the same for the same file and path, so that a download goes on and
// none mixes two files.
func (d *download) partName(path string) string {
	const longest = 100 // bytes of a name
	base := filepath.Base(path)
	sum := sha256.Sum256(append([]byte(base+"\x00"), d.digest...))
	if len(base) > longest {
		base = strings.ToValidUTF8(base[:longest], "")
	}
	return filepath.Join(filepath.Dir(path), "."+base+"."+hex.EncodeToString(sum[:8])+".part")
}

// resume takes over what an earlier download has left.
func (d *download) resume(w *partWriter) error {
	n, err := io.Copy(d.sum, w.f)
	if err != nil {
		return err
	}
	if n > d.total && d.total >= 0 {
		d.sum.Reset()
		return w.f.Truncate(0)
	}
	d.done, w.at = n, n
	return nil
}

// A partWriter writes from an offset on. Two of one file write the same bytes to
// the same places.
type partWriter struct {
	f  *os.File
	at int64
}

// Write writes the next bytes.
func (w *partWriter) Write(p []byte) (int, error) {
	n, err := w.f.WriteAt(p, w.at)
	w.at += int64(n)
	return n, err
}
