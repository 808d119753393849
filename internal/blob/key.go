package blob

import (
	"fmt"
	"strings"
)

// Uploads begins the keys of files that clients hand in:
// uploads/<owner>/<id>/<name>.
const Uploads = "uploads/"

const (
	maxParts    = 4
	maxKeyBytes = 230 // with the separators; a file name may have 255
)

// CheckKey refuses what is no key: one to four parts of a-z, 0-9, '-' and '_',
// separated by '/'; the fourth part of a key that begins with [Uploads] may have
// A-Z and one point within, too.
func CheckKey(key string) error {
	parts := strings.Split(key, "/")
	if len(key) > maxKeyBytes || len(parts) > maxParts {
		return fmt.Errorf("blob key %.40q is too long", key)
	}
	for i, part := range parts {
		last := i == maxParts-1 && parts[0]+"/" == Uploads
		if last && !isFileName(part) || !last && (part == "" || strings.ContainsFunc(part, isNotOfKeys)) {
			return fmt.Errorf("blob key %q has a part that is not of a-z, 0-9, - and _", key)
		}
	}
	return nil
}

// CheckGrowing refuses what is no key of a growing file: it begins with [Uploads] and
// has four parts.
func CheckGrowing(key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if !strings.HasPrefix(key, Uploads) || strings.Count(key, "/") != maxParts-1 {
		return fmt.Errorf("blob key %q is not an upload's", key)
	}
	return nil
}

func isFileName(part string) bool {
	stem, ext, found := strings.Cut(part, ".")
	odd := func(r rune) bool { return isNotOfKeys(r) && (r < 'A' || r > 'Z') }
	return stem != "" && found == (ext != "") && !strings.ContainsFunc(stem+ext, odd)
}

func isNotOfKeys(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
