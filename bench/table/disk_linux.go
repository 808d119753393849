package table

import (
	"fmt"
	"syscall"
)

// fileSystem names what holds a folder: an fsync is quick where nothing is
// kept. The numbers are those of statfs(2).
func fileSystem(path string) string {
	names := map[int64]string{
		0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x2fc12fc1: "zfs", 0x794c7630: "overlayfs",
		0x01021994: "tmpfs (nothing is durable there)",
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return "an unknown file system"
	}
	if name, ok := names[int64(st.Type)]; ok { //nolint:unconvert // its type differs between machines
		return name
	}
	return fmt.Sprintf("file system %#x", st.Type)
}
