package disk

import (
	"crypto/rand"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// nameless makes a file that Windows removes with its last handle; until then it
// has a name, but nobody is kept from removing that.
func nameless(folder, prefix string) (*os.File, error) {
	name := filepath.Join(folder, prefix+rand.Text())
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	const (
		access = windows.GENERIC_READ | windows.GENERIC_WRITE | windows.DELETE
		share  = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
		flags  = windows.FILE_ATTRIBUTE_TEMPORARY | windows.FILE_FLAG_DELETE_ON_CLOSE
	)
	h, err := windows.CreateFile(path, access, share, nil, windows.CREATE_NEW, flags, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}
