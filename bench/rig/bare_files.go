package rig

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// A fileServer is the bare server of files: it writes what is put there to a
// file, durably if that is asked for, and serves it.
type fileServer struct{ folder string }

// ServeHTTP copies a file to or from the folder.
func (f fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := filepath.Join(f.folder, "file")
	if r.Method == http.MethodGet {
		http.ServeFile(w, r, name)
		return
	}
	if err := keep(name, r.Body, r.URL.Query().Has("sync")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func keep(name string, body io.Reader, durable bool) error {
	file, err := os.Create(name + ".new") //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	if err == nil && durable {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
