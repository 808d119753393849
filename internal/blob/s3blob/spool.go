package s3blob

import (
	"fmt"
	"io"
	"os"
	"sync"

	"claimcheck/internal/disk"
	"claimcheck/internal/fault"
)

// A spool is a local file without a name, which ends with its last user or the
// process.
type spool struct {
	file *os.File

	mu    sync.Mutex // guards the field below
	users int
}

func newSpool(folder string) (*spool, error) {
	file, err := disk.Nameless(folder, "spool-")
	if err != nil {
		return nil, local("make spool", err)
	}
	return &spool{file: file, users: 1}, nil
}

// use adds a user, unless the last one has left.
func (s *spool) use() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		return false
	}
	s.users++
	return true
}

func (s *spool) leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		return s.file.Close()
	}
	return nil
}

// A spoolReader reads the first bytes of a spool.
type spoolReader struct {
	*io.SectionReader
	spool *spool
	once  sync.Once
}

// ETag implements [blob.Reader].
func (*spoolReader) ETag() string { return "" }

// Close implements [io.Closer].
func (r *spoolReader) Close() (err error) {
	r.once.Do(func() { err = r.spool.leave() })
	return err
}

// local is trouble with the spool; a full disk is passing.
func local(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	if disk.Full(err) {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "The server has no room for files now").Because(err)
	}
	return err
}
