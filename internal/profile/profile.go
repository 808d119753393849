// Package profile keeps what callers of the API log in with: for each profile
// the address of a server and a key, in a file that nobody else can read. It
// calls no server and does not know whether a key is good.
package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// Default is the profile that is meant where none is named.
const Default = "default"

// MaxNameBytes is how long a profile's name may be.
const MaxNameBytes = 63

// maxFileBytes is more than any address and key take.
const maxFileBytes = 64 << 10

// ErrNone is the error for a profile that there is not.
var ErrNone = errors.New("there is no such profile")

// A Profile is a server and the key with which it is called.
type Profile struct {
	URL string `json:"url"` // as client.New takes it, or unix: and the path of a socket
	Key string `json:"key"`
	CA  string `json:"ca,omitempty"` // a file of the authority that has signed the server's certificate; empty: those that the system knows
}

// A Folder has one file for each profile, so that two programs that write
// different profiles at once are not in each other's way. It is safe for
// concurrent use.
type Folder struct{ dir string }

// In returns the folder of the profiles below a user's folder for settings, such
// as [os.UserConfigDir] tells. An empty one is an error.
func In(configDir string) (Folder, error) {
	if configDir == "" {
		return Folder{}, errors.New("this user has no folder for settings: set HOME (on Windows AppData)")
	}
	return Folder{filepath.Join(configDir, "claimcheck", "profiles")}, nil
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// CheckName says what is wrong with a profile's name: it is 1 to [MaxNameBytes]
// of a-z, 0-9, _ and -, the first neither _ nor -.
func CheckName(name string) error {
	if len(name) > MaxNameBytes || !nameForm.MatchString(name) {
		return fmt.Errorf("a profile's name is 1 to %d of a-z, 0-9, _ and -, and begins with a letter or a digit", MaxNameBytes)
	}
	return nil
}

// Path is the file of a profile, whether it is there or not.
func (f Folder) Path(name string) string { return filepath.Join(f.dir, name+".json") }

// Get reads a profile. It is [ErrNone] if there is none of this name; a file that
// others can read is refused, for its key may be known to them.
func (f Folder) Get(name string) (Profile, error) {
	if err := CheckName(name); err != nil {
		return Profile{}, err
	}
	file, err := os.Open(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return Profile{}, fmt.Errorf("profile %s: %w", name, ErrNone)
	} else if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" { // there the folder of the user is closed to others
		return Profile{}, fmt.Errorf("profile %s: %s is open to others (mode %04o): chmod 600 it, and have the key replaced if somebody may have read it", name, file.Name(), info.Mode().Perm())
	}
	var p Profile
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && (p.URL == "" || p.Key == "") {
		err = errors.New("url or key is missing")
	}
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %s is damaged (%w): claimcheck login makes it anew", name, file.Name(), err)
	}
	return p, nil
}

// Put writes a profile, instead of the one that there was. The file is whole at
// every moment, on disk when Put returns, and readable by its user alone.
func (f Folder) Put(name string, p Profile) error {
	if err := CheckName(name); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode profile: %w", err)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	file, err := os.CreateTemp(f.dir, ".new-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	_, err = file.Write(append(text, '\n'))
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), f.Path(name))
	}
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// Remove removes a profile. It is [ErrNone] if there is none of this name. One
// that cannot be read can be removed.
func (f Folder) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	err := os.Remove(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNone
	}
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return nil
}

// Names are the profiles that there are, sorted.
func (f Folder) Names() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}
