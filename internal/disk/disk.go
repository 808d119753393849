// Package disk has what operating systems do differently with files: the lock that
// ends with its process, files without a name, how what was made in a folder is made
// durable, how a disk says that it is full, and how much room it has. It decides
// nothing about what the files are for.
package disk

import (
	"errors"
	"os"
)

// ErrLocked is the error of [Lock] for a file that another process, or another open
// file of this one, has locked.
var ErrLocked = errors.New("the file is locked")

// Lock takes an open file for this process and does not wait: it is [ErrLocked] if
// somebody else has it. The lock ends when the file is closed or the process ends,
// however that ends, on NFS with its machine's lease. It keeps nobody from reading or
// writing the file, only from locking it.
func Lock(f *os.File) error { return lock(f) }

// Nameless makes a file in a folder, to be read and written, that is gone with its
// last user, by Close or the end of the process. Its name begins with prefix as long
// as it has one.
func Nameless(folder, prefix string) (*os.File, error) { return nameless(folder, prefix) }

// SyncFolder makes durable what was made, renamed and removed in an open folder.
// Windows has no such call and needs none: NTFS journals its folders.
func SyncFolder(folder *os.File) error { return syncFolder(folder) }

// Full reports whether an error says that there is no room: on the disk, within a
// quota, or within the largest file allowed.
func Full(err error) bool {
	for _, full := range fulls {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
