//go:build unix

package disk

import (
	"errors"
	"os"
)

func nameless(folder, prefix string) (*os.File, error) {
	f, err := os.CreateTemp(folder, prefix)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
