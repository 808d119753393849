package client

import (
	"context"
	"crypto/rand"
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
	"time"
)

// DownloadFile downloads the file that a job has made to a path, and returns its
// size. It is written under another name beside that, which begins with a point and
// ends in .part, and renamed when it is whole and has the digest that the server
// sends; until then what was at the path stays. A download that was ended leaves its
// part, and goes on where it was when it is asked for again. Else it is as
// [Client.Download]. Several at a time to one path do no harm.
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
	left, own := d.partNames(path)
	f, err := d.claim(left, own)
	for errors.Is(err, errTaken) {
		_, own = d.partNames(path)
		f, err = d.claim(left, own)
	}
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
	to := path
	switch {
	case err == nil:
	case d.done == 0 || errors.Is(err, ErrDigest) || errors.Is(err, errChanged) || d.digest == nil: // nothing to go on from
		return errors.Join(err, f.Close(), remove(own))
	default:
		to = left
	}
	if keepsLocks { // until it has its name: else it could be taken for abandoned
		return errors.Join(err, os.Rename(own, to), f.Close())
	}
	return errors.Join(err, f.Close(), os.Rename(own, to))
}

func remove(part string) error {
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// partNames are the name of what an earlier download has left of the same file for
// the same path, and one that no other download has.
func (d *download) partNames(path string) (left, own string) {
	const longest = 100 // bytes of a name
	base := filepath.Base(path)
	sum := sha256.Sum256(append([]byte(base+"\x00"), d.digest...))
	if len(base) > longest {
		base = strings.ToValidUTF8(base[:longest], "")
	}
	stem := filepath.Join(filepath.Dir(path), "."+base+"."+hex.EncodeToString(sum[:8]))
	return stem + ".part", stem + "." + rand.Text()[:10] + ".part"
}

// abandoned is how old a part is whose download has died with its program, where
// there are no locks that tell. That one is taken over which lives after all does no
// harm: it fails.
const abandoned = time.Minute

// claim opens the part of this download: what an earlier one has left, or a new one.
// A rename is had by one alone; what others have left beside it goes.
func (d *download) claim(left, own string) (*os.File, error) {
	all, err := os.ReadDir(filepath.Dir(left))
	if err != nil {
		return nil, err
	}
	var mine *os.File
	stem := strings.TrimSuffix(filepath.Base(left), "part")
	for _, e := range all {
		if !strings.HasPrefix(e.Name(), stem) || !strings.HasSuffix(e.Name(), ".part") {
			continue
		}
		name := filepath.Join(filepath.Dir(left), e.Name())
		f := takeOver(name, name == left)
		switch {
		case f == nil: // somebody writes to it
		case mine == nil && os.Rename(name, own) == nil:
			mine = f
		default:
			err = errors.Join(err, f.Close(), remove(name))
		}
	}
	if mine != nil || err != nil {
		return mine, err
	}
	f, err := os.OpenFile(own, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // as the program's other files; the path is the caller's
	if err != nil {
		return nil, err
	}
	if taken, known := lockPart(f); known && !taken { // somebody took it for abandoned before it was locked
		return nil, errors.Join(errTaken, f.Close())
	}
	return f, nil
}

var errTaken = errors.New("the part of this download was taken over by another")

// takeOver opens a part that nobody writes to any more; whole says that its download
// ended and gave it its name.
func takeOver(name string, whole bool) *os.File {
	f, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // a part of ours beside the caller's path
	if err != nil {
		return nil
	}
	taken, known := lockPart(f)
	if !known {
		info, err := f.Stat()
		taken = whole || err == nil && time.Since(info.ModTime()) > abandoned
	}
	if !taken {
		_ = f.Close() // it was read at most
		return nil
	}
	return f
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

// A partWriter writes from an offset on: two of one file would write the same bytes
// to the same places.
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
