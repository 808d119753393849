// Package outname says what the files are called that outputs are written to. What
// it makes of names that inputs, addresses and servers have is one name in a
// folder on every system: no path leads out of it, no device is meant, nothing is
// hidden. It reads and writes no files.
package outname

import (
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"claimcheck/internal/foreign"
)

const (
	maxBaseBytes      = 180 // file systems take names of 255 bytes
	maxExtensionBytes = 16
	unnamed           = "output" // where nothing is left of a name
)

// OfFile is the base of the output of a file: the file's name without its folder
// and its last extension.
func OfFile(name string) string { return base(filepath.Base(name)) }

// OfURL is the same of an address, of whose path the last part counts.
func OfURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || strings.HasSuffix(u.Path, "/") {
		return unnamed
	}
	return base(path.Base(u.Path))
}

func base(name string) string {
	if ext := path.Ext(name); len(ext) < len(name) { // a name that is nothing but an extension is kept
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Map(fit, strings.ToValidUTF8(name, "_"))
	for len(name) > maxBaseBytes {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	name = strings.TrimRight(name, ". ") // Windows does not keep them
	if strings.HasPrefix(name, ".") {
		name = "_" + strings.TrimLeft(name, ".")
	}
	if strings.Trim(name, "_ ") == "" {
		return unnamed
	}
	if device(name) {
		name = "_" + name
	}
	return name
}

// fit replaces what some system does not take in names, or a terminal not on a
// line.
func fit(r rune) rune {
	if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || foreign.Text(string(r)).String() != string(r) {
		return '_'
	}
	return r
}

// device reports names that mean devices on Windows, with any extension
// (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
func device(name string) bool {
	name, _, _ = strings.Cut(strings.ToUpper(name), ".")
	name = strings.TrimRight(name, " ")
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(name, port); ok && utf8.RuneCountInString(n) == 1 && strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}

// Extension is what a server says that an output ends in, without the dot. It is
// empty where that is more than a few letters and digits.
func Extension(said string) string {
	said = strings.TrimPrefix(said, ".")
	if len(said) > maxExtensionBytes || strings.ContainsFunc(said, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return said
}

// ExtensionOfLink is the extension of the file that a link of a result leads to.
func ExtensionOfLink(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return Extension(path.Ext(path.Base(u.Path)))
}

// Join puts a base and an extension together.
func Join(name, extension string) string {
	if extension == "" {
		return name
	}
	return name + "." + extension
}

// A Set gives out names, each once. Names that differ in the case of letters are
// the same, as they are on many disks. The zero value is ready.
type Set struct{ taken map[string]bool }

// Take returns a base that was not taken yet: this one, or with -2, -3 and so on.
func (s *Set) Take(wanted string) string {
	if s.taken == nil {
		s.taken = map[string]bool{}
	}
	name := wanted
	for n := 2; s.taken[fold(name)]; n++ {
		name = wanted + "-" + strconv.Itoa(n)
	}
	s.taken[fold(name)] = true
	return name
}

func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
