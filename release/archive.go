package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"time"
)

// A file is one of an archive.
type file struct {
	name    string
	content []byte
	runs    bool // it is a program
}

// mode is what the file may be used for.
func (f file) mode() int64 {
	if f.runs {
		return 0o755
	}
	return 0o644
}

// tarball packs files into a folder of this name. All are of one time and of user
// and group 0, so that the same files give the same bytes.
func tarball(folder string, files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression) // its header has no time and no name
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	t := tar.NewWriter(z)
	add := func(h tar.Header, content []byte) error {
		h.ModTime, h.Format = at, tar.FormatUSTAR
		err := t.WriteHeader(&h)
		if err == nil {
			_, err = t.Write(content)
		}
		return err
	}
	errs := []error{add(tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}, nil)}
	for _, f := range files {
		errs = append(errs, add(tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + f.name, Mode: f.mode(), Size: int64(len(f.content))}, f.content))
	}
	if err := errors.Join(append(errs, t.Close(), z.Close())...); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}

// zipped is tarball for systems that know zip.
func zipped(folder string, files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = w.Write(f.content)
		}
		if err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}
