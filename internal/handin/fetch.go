package handin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/outname"
	"claimcheck/internal/terminal"
)

// A Sink is where outputs go: into Folder, under names made after the inputs; into
// File, the output of the one input; or, where both are empty, into files of the
// folder Spool, for the caller to hand on.
type Sink struct {
	Folder string // is there
	File   string
	Spool  string // a folder of our own; empty: no outputs are fetched
	Force  bool   // files that are there already are replaced
}

// ErrExists says that an output was not written because a file is in its place.
var ErrExists = errors.New("the file is there already; --force replaces it")

// Plan says which output goes where, as far as is known before the outputs are:
// names are given in the order of the inputs. Errors are for people: a file that is
// in the place of an output, an output that is an input.
func (o *Order) Plan(items []*Item) error {
	var names outname.Set
	o.inputs = map[string]bool{}
	for _, it := range items {
		it.base = names.Take(it.Input.base())
		if it.Input.path != "" {
			o.inputs[abs(it.Input.path)] = true
		}
	}
	for _, it := range items {
		path := o.To.path(it, outname.Extension(o.Tool.Output.Extension))
		if path == "" || o.To.Folder != "" && outname.Extension(o.Tool.Output.Extension) == "" {
			continue // only the output tells
		}
		if err := o.free(it, path); err != nil {
			return fmt.Errorf("%v: %w", foreign.Text(path), err)
		}
	}
	return nil
}

func abs(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// path is the file for an item; empty: it is spooled.
func (s *Sink) path(it *Item, extension string) string {
	switch {
	case s.File != "":
		return s.File
	case s.Folder != "":
		return filepath.Join(s.Folder, outname.Join(it.base, extension))
	default:
		return ""
	}
}

// free reports why a file is in the way of an output; one that this output was
// written to before is not.
func (o *Order) free(it *Item, path string) error {
	look := os.Lstat
	if o.To.File != "" { // a link of the caller's own choice may lead to a device
		look = os.Stat
	}
	info, err := look(path)
	there := err == nil // if it cannot be seen, writing tells why
	switch {
	case o.inputs[abs(path)]:
		return errors.New("it is an input too: name another output")
	case !there:
		return nil
	case info.IsDir():
		return errors.New("it is a folder, and the output's name")
	case o.To.Force, o.Resume && it.note.Output == abs(path), !info.Mode().IsRegular() && o.To.File != "": // a device
		return nil
	default:
		return ErrExists
	}
}

// fetch gets the output of a job that has succeeded.
func (r *run) fetch(ctx context.Context, it *Item) error {
	if r.To.File == "" && r.To.Folder == "" && r.To.Spool == "" {
		return nil
	}
	link, isFile := fileOf(it.Status.Result)
	path := r.To.path(it, r.extension(link))
	if path == "" {
		spool, err := os.CreateTemp(r.To.Spool, "output-*")
		if err != nil {
			return err
		}
		it.Spool = spool.Name()
		if err := spool.Close(); err != nil {
			return err
		}
		it.Bytes, err = r.write(ctx, it, it.Spool, isFile)
		return err
	}
	if it.note.Done && it.note.Output == abs(path) {
		if info, err := os.Stat(path); err == nil {
			it.Output, it.Bytes = path, info.Size()
			return nil
		}
	}
	if err := r.free(it, path); err != nil {
		return fmt.Errorf("%v: %w", foreign.Text(path), err)
	}
	it.note.Output, it.note.Done = abs(path), false
	if err := r.keep(it); err != nil {
		return err
	}
	n, err := r.write(ctx, it, path, isFile)
	if err != nil {
		return err
	}
	it.Output, it.Bytes, it.note.Done = path, n, true
	return r.keep(it)
}

// extension is that of the output, as the tool says or as its file ends in.
func (r *run) extension(link string) string {
	if ext := outname.Extension(r.Tool.Output.Extension); ext != "" {
		return ext
	}
	if link == "" {
		return "json"
	}
	return outname.ExtensionOfLink(link)
}

// fileOf is the link in the result of a tool that makes a file; others answer JSON
// of their own.
func fileOf(result json.RawMessage) (link string, ok bool) {
	var made struct {
		RequestID *string `json:"request_id"`
		File      string  `json:"file"`
	}
	if json.Unmarshal(result, &made) != nil || made.RequestID == nil {
		return "", false
	}
	return made.File, made.File != ""
}

// write writes the output to a path, whole or not at all, or to a device.
func (r *run) write(ctx context.Context, it *Item, path string, isFile bool) (int64, error) {
	info, err := os.Stat(path)
	device := err == nil && !info.Mode().IsRegular()
	if !isFile {
		return r.writeResult(it, path, device)
	}
	bar := r.Bars.Add(it.Input.Name, "download", terminal.Bytes)
	defer bar.End()
	progress := client.WithProgress(bar.Set)
	if !device {
		return r.Client.DownloadFile(ctx, it.JobID, path, progress)
	}
	f, err := openDevice(path)
	if err != nil {
		return 0, err
	}
	n, err := r.Client.Download(ctx, it.JobID, f, progress)
	return n, errors.Join(err, f.Close())
}

// openDevice opens what is no file of a disk, to be written to as it is.
func openDevice(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the caller has named it
}

// writeResult writes a result that is no file: the JSON itself.
func (r *run) writeResult(it *Item, path string, device bool) (int64, error) {
	text := append(append([]byte{}, it.Status.Result...), '\n')
	if device {
		f, err := openDevice(path)
		if err != nil {
			return 0, err
		}
		_, err = f.Write(text)
		return int64(len(text)), errors.Join(err, f.Close())
	}
	part := filepath.Join(filepath.Dir(path), ".output-"+rand.Text()+".part")
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // as the program's other files: the user's mask says who may
	if err != nil {
		return 0, err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return int64(len(text)), nil
}
