// Package resume keeps what a caller handed in, so that a program that was
// interrupted goes on with the same jobs: one small file for each input, on disk
// before the server hears of it. It calls no server.
package resume

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// KeptFor is how long a note is kept that nobody writes any more: as long as jobs
// can be on a server.
const KeptFor = 31 * 24 * time.Hour

const (
	maxNoteBytes = 64 << 10 // more than any note takes
	ending       = ".json"
)

// A Note is what is kept of one input.
type Note struct {
	Input          string `json:"input"`            // as it was named, for people who look into the file
	Digest         string `json:"digest"`           // of the input's bytes
	IdempotencyKey string `json:"idempotency_key"`  // of its submission
	RunAt          string `json:"run_at,omitempty"` // Unix seconds: what was said as a time from now is sent again as it was
	Upload         string `json:"upload,omitempty"` // the key of its upload, where it was uploaded
	JobID          string `json:"job_id,omitempty"` // once the server has told it
	Output         string `json:"output,omitempty"` // the file that is written, from before it is
	Done           bool   `json:"done,omitempty"`   // Output is whole
}

// Notes are in one folder. They are safe for concurrent use by many programs as
// long as each note is written by one.
type Notes struct{ dir string }

// In returns the notes below a user's folder for settings, such as
// [os.UserConfigDir] tells. An empty one is an error.
func In(configDir string) (Notes, error) {
	if configDir == "" {
		return Notes{}, errors.New("this user has no folder for settings: set HOME (on Windows AppData)")
	}
	return Notes{filepath.Join(configDir, "claimcheck", "submitted")}, nil
}

// A Name names a note: it is made of all that makes two submissions the same.
type Name string

// NameOf makes a name of the parts, in their order.
func NameOf(parts ...string) Name {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash takes everything
	}
	return Name(hex.EncodeToString(h.Sum(nil)[:16]))
}

func (n Notes) path(name Name) string { return filepath.Join(n.dir, string(name)+ending) }

// Get reads a note. It is false where there is none, or none that can be read:
// both mean that nothing is known of the input.
func (n Notes) Get(name Name) (Note, bool) {
	file, err := os.Open(n.path(name))
	if err != nil {
		return Note{}, false
	}
	defer file.Close()
	var note Note
	text, err := io.ReadAll(io.LimitReader(file, maxNoteBytes))
	if err != nil || json.Unmarshal(text, &note) != nil || note.IdempotencyKey == "" || note.Digest == "" {
		return Note{}, false
	}
	return note, true
}

// Put writes a note, instead of the one that there was. It is on disk when Put
// returns, whole at every moment, and readable by its user alone.
func (n Notes) Put(name Name, note Note) error {
	text, err := json.Marshal(note)
	if err == nil {
		err = os.MkdirAll(n.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("keep what is handed in: %w", err)
	}
	file, err := os.CreateTemp(n.dir, ".new-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("keep what is handed in: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), n.path(name))
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("keep what is handed in: %w", errors.Join(err, os.Remove(file.Name())))
}

// Tidy removes notes that were last written longer ago than [KeptFor], and what
// a killed program has left. That something cannot be removed is no failure.
func (n Notes) Tidy(now time.Time) {
	entries, err := os.ReadDir(n.dir)
	if err != nil {
		return // there is none yet
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !own(e) || now.Sub(info.ModTime()) < KeptFor {
			continue
		}
		_ = os.Remove(filepath.Join(n.dir, e.Name())) // the next time, then
	}
}

// own reports files that this package makes.
func own(e fs.DirEntry) bool {
	return e.Type().IsRegular() && (strings.HasSuffix(e.Name(), ending) || strings.HasPrefix(e.Name(), ".new-"))
}
