//go:build !linux

package table

// fileSystem cannot name what holds a folder here.
func fileSystem(string) string { return "an unknown file system" }
