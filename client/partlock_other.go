//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package client

import "os"

// keepsLocks reports whether there are locks here, of files that may be renamed
// while they are open.
const keepsLocks = false

// lockPart says that nothing is known of locks here.
func lockPart(*os.File) (taken, known bool) { return false, false }
