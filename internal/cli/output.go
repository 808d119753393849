package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"claimcheck/internal/foreign"
	"claimcheck/internal/outname"
)

// toFile has a file written, which is there under its name only when it is whole: it
// is written beside it before. What is no file of a folder, a device or a pipe for
// instance, is written to as it is.
func toFile(name string, write func(w io.Writer) error) error {
	if is, err := os.Stat(name); err == nil && !is.Mode().IsRegular() {
		return toOther(name, is, write)
	}
	part := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()[:8]+".part")
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // as the program's other files; the user's mask says who may read it
	if err != nil {
		return cannotWrite(name, err)
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err == nil {
		return nil
	}
	return errors.Join(cannotWrite(name, err), os.Remove(part))
}

// mayWrite refuses a file that is there already, unless it is meant to be replaced.
// What is no file of a folder is written to in any case.
func mayWrite(name string, force bool) error {
	if force || name == "" || name == "-" || !isThere(name) {
		return nil
	}
	return UsageError("%v is there already; --force replaces it", foreign.Text(name))
}

// isThere reports whether there is a file of this name, or what links to one; a
// device, for instance, is written to and stays.
func isThere(name string) bool {
	if is, err := os.Stat(name); err == nil {
		return is.Mode().IsRegular()
	}
	_, err := os.Lstat(name) // a link that leads nowhere
	return err == nil
}

func toOther(name string, is os.FileInfo, write func(w io.Writer) error) error {
	if is.IsDir() {
		return UsageError("-o: %v is a folder", foreign.Text(name))
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0) //nolint:gosec // the user's own
	if err != nil {
		return cannotWrite(name, err)
	}
	return errors.Join(write(f), f.Close())
}

// cannotWrite is what is said of a file that cannot be written.
func cannotWrite(name string, err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err
	}
	return &ExitError{ExitFailed, fmt.Sprintf("cannot write %v: %v", foreign.Text(name), err)}
}

// servedName is what a file of a result is called where nobody has named it: what
// the server calls it, made fit to be a name in a folder.
func servedName(link string) string {
	return outname.Join(outname.OfURL(link), outname.ExtensionOfLink(link))
}
