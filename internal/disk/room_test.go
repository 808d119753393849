package disk_test

import (
	"errors"
	"path/filepath"
	"testing"

	"claimcheck/internal/disk"
)

func TestADiskHasRoom(t *testing.T) {
	free, size, err := disk.Room(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not say")
	}
	if err != nil || free == 0 || size < free {
		t.Errorf("got %d of %d bytes, %v", free, size, err)
	}
	if _, _, err := disk.Room(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there is on a disk")
	}
}
