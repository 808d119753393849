// Package listen is where a server listens, and what it shows there: addresses,
// sockets with a path, sockets that systemd hands over, certificates that are read
// anew when their files change or come from an authority by ACME, and the address
// for plain HTTP that leads to TLS. It knows nothing of what is served.
package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-systemd/v22/activation"

	"claimcheck/internal/disk"
)

const (
	// UnixPrefix begins the address of a socket with a path.
	UnixPrefix = "unix:"
	// Systemd is the address of a socket that systemd hands over (socket activation,
	// sd_listen_fds(3)).
	Systemd = "systemd"
	// SystemdName begins the address of the one that has a name.
	SystemdName = Systemd + ":"

	// MaxPathBytes is how long the path of a socket may be: 104 bytes on some systems,
	// less what is added while it is made.
	MaxPathBytes = 96
)

// IsUnix is the path of a socket that an address names.
func IsUnix(address string) (path string, ok bool) { return strings.CutPrefix(address, UnixPrefix) }

// IsSystemd reports whether an address means a socket that is handed over, and its
// name; empty for the only one.
func IsSystemd(address string) (name string, ok bool) {
	if address == Systemd {
		return "", true
	}
	return strings.CutPrefix(address, SystemdName)
}

// An Opener opens the addresses of one server. The zero value is ready.
type Opener struct {
	Mode fs.FileMode // permissions of sockets with a path

	handed map[string][]net.Listener // by systemd; nil: not asked yet
}

// Open listens at an address: host:port, unix:/path or systemd.
func (o *Opener) Open(ctx context.Context, address string) (net.Listener, error) {
	if path, ok := IsUnix(address); ok {
		return openUnix(ctx, path, o.Mode)
	}
	if name, ok := IsSystemd(address); ok {
		return o.handedOver(name)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, cause(err))
	}
	return l, nil
}

// handedOver takes a socket of systemd's, each once.
func (o *Opener) handedOver(name string) (net.Listener, error) {
	if o.handed == nil {
		all, err := activation.ListenersWithNames()
		if err != nil {
			return nil, fmt.Errorf("take the sockets of systemd: %w", err)
		}
		o.handed = all
	}
	for is, list := range o.handed {
		if name != "" && is != name || len(list) == 0 {
			continue
		}
		if name == "" && (len(o.handed) > 1 || len(list) > 1) {
			return nil, errors.New("listen: systemd has handed over several sockets: say which by systemd:NAME, its FileDescriptorName")
		}
		o.handed[is] = list[1:]
		return list[0], nil
	}
	if name != "" {
		return nil, fmt.Errorf("listen: systemd has handed over no socket of the name %s", name)
	}
	return nil, errors.New("listen: systemd has handed over no socket: the service is started without its .socket unit, or not by systemd")
}

// cause drops the operation and address that net puts before the cause.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// A socket is a listener with a path, which is its own until it is closed.
type socket struct {
	net.Listener
	path string
	is   os.FileInfo
	lock *os.File

	once sync.Once
	err  error
}

// openUnix makes a socket. One that nobody listens on any more is replaced; one that
// somebody does is left alone. The file with .lock at its end, which stays, keeps two
// servers from doing that at once.
func openUnix(ctx context.Context, path string, mode fs.FileMode) (_ net.Listener, err error) {
	failed := func(err error) error { return fmt.Errorf("cannot listen on %s%s: %w", UnixPrefix, path, err) }
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, failed(bare(err))
	}
	defer func() {
		if err != nil {
			_ = lock.Close()
		}
	}()
	if err := disk.Lock(lock); errors.Is(err, disk.ErrLocked) {
		return nil, failed(errors.New("another server listens there"))
	} else if err != nil {
		return nil, failed(err)
	}
	if err := vacant(ctx, path); err != nil {
		return nil, failed(err)
	}
	made := path + ".new" // until it has its permissions
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failed(bare(err))
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", made)
	if err != nil {
		return nil, failed(cause(err))
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	s := &socket{Listener: l, path: path, lock: lock}
	if err = os.Chmod(made, mode); err == nil {
		if s.is, err = os.Lstat(made); err == nil {
			err = os.Rename(made, path)
		}
	}
	if err != nil {
		_ = l.Close()
		_ = os.Remove(made)
		return nil, failed(bare(err))
	}
	return s, nil
}

// vacant refuses a path at which something is that is no socket, or one that
// somebody listens on.
func vacant(ctx context.Context, path string) error {
	is, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return bare(err)
	case is.Mode().Type() != fs.ModeSocket:
		return errors.New("something is there that is no socket")
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil //nolint:nilerr // nobody answers
	}
	_ = conn.Close()
	return errors.New("another server listens there")
}

// bare drops the operation and path that os puts before the cause.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// Close ends the socket and removes its path, unless it is somebody else's by now.
func (s *socket) Close() error {
	s.once.Do(func() {
		if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.is) {
			_ = os.Remove(s.path)
		}
		s.err = s.Listener.Close()
		_ = s.lock.Close()
	})
	return s.err
}
