package handin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"claimcheck/internal/caret"
	"claimcheck/internal/foreign"
	"claimcheck/internal/outname"
)

// Stdin is how standard input is named.
const Stdin = "-"

// An Input is one of those that are handed in.
type Input struct {
	Name string // as it was given: a path, [Stdin], or a URL
	URL  bool
	Size int64 // in bytes; of a URL 0

	path string // where the bytes are; empty: at a URL
}

// IsURL reports whether an argument is an address and no file.
func IsURL(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

// Inputs looks at what is to be handed in. What can be read only once, standard
// input and pipes, is copied into a file of the folder spool. Errors are for
// people and say which input is wrong.
func Inputs(ctx context.Context, names []string, stdin io.Reader, spool string) ([]*Input, error) {
	var all []*Input
	for i, name := range names {
		in := &Input{Name: name}
		var err error
		switch {
		case IsURL(name):
			in.URL = true
			err = checkURL(name)
		case name == Stdin:
			err = in.copyFrom(ctx, stdin, filepath.Join(spool, fmt.Sprintf("input-%d", i)))
			stdin = nil
		default:
			err = in.look(ctx, filepath.Join(spool, fmt.Sprintf("input-%d", i)))
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %w", foreign.Text(name), bare(err))
		}
		all = append(all, in)
	}
	return all, nil
}

// Check looks whether the inputs are there, without reading any. Errors are for
// people.
func Check(names []string) error {
	stdin := 0
	for _, name := range names {
		var err error
		switch {
		case name == "":
			return errEmpty
		case name == Stdin:
			if stdin++; stdin > 1 {
				err = errOnce
			}
		case IsURL(name):
			err = checkURL(name)
		default:
			var info os.FileInfo
			if info, err = os.Stat(name); err == nil && info.IsDir() {
				err = errFolder
			}
		}
		if err != nil {
			return fmt.Errorf("%v: %w", foreign.Text(name), bare(err))
		}
	}
	return nil
}

var (
	errOnce   = errors.New("standard input can be read once only")
	errFolder = errors.New("it is a folder: name its files")
	errEmpty  = errors.New("the name of an input is empty")
)

// IsLocal reports errors of this machine's files.
func IsLocal(err error) bool {
	_, path := errors.AsType[*os.PathError](err)
	_, link := errors.AsType[*os.LinkError](err)
	return path || link
}

// bare is an error of the operating system without the path, which is told already.
func bare(err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		return at.Err
	}
	return err
}

func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errors.New("it is no address")
	}
	if u.User != nil {
		return errors.New("an address with a user name or a password is not taken")
	}
	return nil
}

// look takes a file as it is, and copies what is none of a disk.
func (in *Input) look(ctx context.Context, spool string) error {
	f, err := os.Open(in.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errFolder
	case info.Mode().IsRegular():
		in.path, in.Size = in.Name, info.Size()
		return nil
	default:
		return in.copyFrom(ctx, f, spool)
	}
}

// copyFrom copies what can be read only once.
func (in *Input) copyFrom(ctx context.Context, from io.Reader, to string) error {
	if from == nil {
		return errOnce
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a folder of our own
	if err != nil {
		return err
	}
	type end struct {
		n   int64
		err error
	}
	read := make(chan end, 1)
	go func() { // a read of a terminal or a pipe cannot be ended: it is left behind with the process
		n, err := io.Copy(f, from)
		read <- end{n, errors.Join(err, f.Close())}
	}()
	select {
	case e := <-read:
		in.path, in.Size = to, e.n
		return e.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// digest is that of the input's bytes; a URL stands for itself.
func (in *Input) digest(ctx context.Context) (string, error) {
	sum := sha256.New()
	if in.URL {
		_, _ = io.WriteString(sum, in.Name) // a hash takes everything
		return "url:" + hex.EncodeToString(sum.Sum(nil)), nil
	}
	f, err := os.Open(in.path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(sum, &until{ctx, f}); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// until is a reader that ends with its context.
type until struct {
	ctx context.Context //nolint:containedctx // for the time of one copy
	r   io.Reader
}

// Read reads, unless the context has ended.
func (u *until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// identity is what the input is recognised by when it is handed in again.
func (in *Input) identity() string {
	if in.URL || in.Name == Stdin {
		return in.Name
	}
	abs, err := filepath.Abs(in.Name)
	if err != nil {
		return in.Name
	}
	return abs
}

// base is what the file with its output is called after it.
func (in *Input) base() string {
	switch {
	case in.URL:
		return outname.OfURL(in.Name)
	case in.Name == Stdin:
		return "stdin"
	default:
		return outname.OfFile(in.Name)
	}
}

// Caret shows a place in the input, see [caret.Show]. It is false where the input
// is not at hand.
func (in *Input) Caret(line, column, columns int) (string, bool) {
	if in.path == "" {
		return "", false
	}
	f, err := os.Open(in.path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	return caret.Show(f, line, column, columns)
}
