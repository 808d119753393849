package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A replay does what a log says on a simulated disk.
type replay struct {
	disk *simDisk
	base string            // the folder of the real disk that disk stands for
	fds  map[int64]*opened // files and folders of disk; whatever else is open is a socket or of no interest
	said func([]byte)      // is told what was written to something that is no file
}

// opened is an open file.
type opened struct {
	node   *node
	offset int64
}

func newReplay(base string, said func([]byte)) *replay {
	return &replay{disk: newDisk(), base: base, fds: map[int64]*opened{}, said: said}
}

var errNotUnderstood = errors.New("the replay does not understand this call")

// step does one step of the log. Changes happen at the end of their call; what
// an fsync keeps is known at its begin, and kept at its end. A file descriptor
// is free from the begin of its close: by its end another thread may have it.
func (r *replay) step(s step) error {
	switch {
	case !s.end && s.call.name == "close":
		delete(r.fds, s.call.number(0))
	case !s.end && (s.call.name == "fsync" || s.call.name == "fdatasync"):
		if o := r.fds[s.call.number(0)]; o != nil {
			s.call.mark = r.disk.beginSync(o.node)
		}
	case s.end && s.call.ret >= 0:
		if err := r.done(s.call); err != nil {
			return fmt.Errorf("%s(%.200s): %w", s.call.name, strings.Join(s.call.args, ", "), err)
		}
	}
	return nil
}

// olderForms are calls on paths that have a newer form, in which a folder is
// named before each path.
var olderForms = map[string]string{"open": "openat", "mkdir": "mkdirat", "unlink": "unlinkat", "rename": "renameat", "link": "linkat"}

// done does a call that went well.
func (r *replay) done(c *sysCall) error {
	if newer, ok := olderForms[c.name]; ok {
		here := "AT_FDCWD"
		c.name, c.args = newer, append([]string{here}, c.args...)
		if newer == "renameat" || newer == "linkat" {
			c.args = []string{here, c.args[1], here, c.args[2]}
		}
	}
	switch c.name {
	case "close":
		return nil
	case "openat":
		return r.open(c)
	case "mkdirat":
		return r.at(c, 0, func(in *node, name string) error {
			r.disk.rename(entry{in, name, r.disk.node(true)})
			return nil
		})
	case "unlinkat":
		return r.at(c, 0, func(in *node, name string) error {
			r.disk.rename(entry{in, name, nil})
			return nil
		})
	case "linkat":
		return r.at(c, 0, func(from *node, old string) error {
			return r.at(c, 2, func(to *node, name string) error {
				r.disk.rename(entry{to, name, from.folder[old]})
				return nil
			})
		})
	case "renameat", "renameat2":
		return r.at(c, 0, func(from *node, old string) error {
			return r.at(c, 2, func(to *node, name string) error {
				r.disk.rename(entry{from, old, nil}, entry{to, name, from.folder[old]})
				return nil
			})
		})
	}
	return r.doneFD(c)
}

// doneFD does a call on a file descriptor.
func (r *replay) doneFD(c *sysCall) error {
	o := r.fds[c.number(0)]
	if o == nil {
		return r.other(c)
	}
	switch c.name {
	case "fsync", "fdatasync":
		if s, ok := c.mark.(*synced); ok {
			s.end()
		}
	case "lseek":
		o.offset = c.ret
	case "ftruncate":
		o.node.write(&writing{offset: c.number(1)})
	case "write", "writev", "pwrite64":
		data, err := c.bytes(1)
		if err != nil {
			return err
		}
		data = data[:c.ret]
		if c.name == "pwrite64" {
			o.node.write(&writing{offset: c.number(3), data: data})
			return nil
		}
		o.node.write(&writing{offset: o.offset, data: data})
		o.offset += c.ret
	default:
		return errNotUnderstood
	}
	return nil
}

// other is a call on something that is no file of the disk.
func (r *replay) other(c *sysCall) error {
	switch c.name {
	case "write", "writev":
		data, err := c.bytes(1)
		if err != nil {
			return err
		}
		r.said(data[:min(int(c.ret), len(data))])
	case "sendfile", "splice", "lseek", "fsync", "ftruncate", "pwrite64": // not of ours, or of SQLite's index of the log
	default:
		return errNotUnderstood
	}
	return nil
}

// locate finds the folder and the name that arguments i and i+1 mean; in is nil
// for what is not on the disk.
func (r *replay) locate(c *sysCall, i int) (in *node, name string, err error) {
	path, err := c.path(i + 1)
	if err != nil {
		return nil, "", err
	}
	if c.args[i] == "AT_FDCWD" {
		within, err := filepath.Rel(r.base, path)
		if err != nil || !filepath.IsAbs(path) || strings.HasPrefix(within, "..") {
			return nil, "", nil //nolint:nilerr // another part of the real disk
		}
		in, path = r.disk.root, within
	} else if o := r.fds[c.number(i)]; o != nil {
		in = o.node
	} else {
		return nil, "", nil
	}
	for path = filepath.Clean(path); ; {
		first, rest, deeper := strings.Cut(path, "/")
		if !deeper {
			return in, first, nil
		}
		if in = in.folder[first]; in == nil || in.folder == nil {
			return nil, "", fmt.Errorf("no folder %s", first)
		}
		path = rest
	}
}

// at calls do with the entry that arguments i and i+1 mean, if it is on the
// disk.
func (r *replay) at(c *sysCall, i int, do func(in *node, name string) error) error {
	in, name, err := r.locate(c, i)
	if err != nil || in == nil {
		return err
	}
	return do(in, name)
}

func (r *replay) open(c *sysCall) error {
	delete(r.fds, c.ret)
	return r.at(c, 0, func(in *node, name string) error {
		if strings.HasSuffix(name, "-shm") {
			return nil
		}
		n := in.folder[name]
		switch {
		case name == ".":
			n = in
		case n == nil && strings.Contains(c.args[2], "O_CREAT"):
			n = r.disk.node(false)
			r.disk.rename(entry{in, name, n})
		case n == nil:
			return fmt.Errorf("no file %s", name)
		}
		if strings.Contains(c.args[2], "O_TRUNC") {
			n.write(&writing{})
		}
		if strings.Contains(c.args[2], "O_APPEND") {
			return errNotUnderstood
		}
		r.fds[c.ret] = &opened{node: n}
		return nil
	})
}

// answerIn finds the status and the X-Request-Id of an answer in what was
// written to a client.
func answerIn(said []byte) (status int, requestID string) {
	if _, err := fmt.Sscanf(string(said[:min(len(said), 12)]), "HTTP/1.1 %d", &status); err != nil {
		return 0, ""
	}
	_, after, ok := bytes.Cut(said, []byte("\r\nX-Request-Id: "))
	if id, _, ends := bytes.Cut(after, []byte("\r\n")); ok && ends {
		requestID = string(id)
	}
	return status, requestID
}
