//go:build linux || darwin || freebsd

package disk

import "golang.org/x/sys/unix"

func room(folder string) (free, size uint64, err error) {
	var is unix.Statfs_t
	if err := unix.Statfs(folder, &is); err != nil {
		return 0, 0, err
	}
	return uint64(max(0, int64(is.Bavail))) * uint64(is.Bsize), is.Blocks * uint64(is.Bsize), nil //nolint:gosec // their types differ between systems, and a disk has no 2^63 blocks
}
