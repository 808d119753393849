package dirblob

import (
	"fmt"
	"hash/crc32"
	"path"
	"strings"
)

const (
	maxParts    = 4
	maxKeyBytes = 200 // with the separators; a file name may have 255
)

// tmpFolder holds files that are not committed.
const tmpFolder = "tmp"

// location returns where a key's file is: <first part>/<2 hexadecimal digits
// of the key's CRC-32>/<other parts>. The other parts are joined by a point,
// which keys cannot have, so that no key needs a folder where another needs a
// file; '=' stands for no other part, and sets a first part apart from
// [tmpFolder].
func location(key string) (string, error) {
	parts := strings.Split(key, "/")
	if len(key) > maxKeyBytes || len(parts) > maxParts {
		return "", fmt.Errorf("blob key %.40q is too long", key)
	}
	for _, part := range parts {
		if part == "" || strings.ContainsFunc(part, isNotOfKeys) {
			return "", fmt.Errorf("blob key %q has a part that is not of a-z, 0-9, - and _", key)
		}
	}
	first, rest := parts[0], strings.Join(parts[1:], ".")
	if first == tmpFolder {
		first += "="
	}
	if rest == "" {
		rest = "="
	}
	return path.Join(first, fmt.Sprintf("%02x", crc32.ChecksumIEEE([]byte(key))&0xff), rest), nil
}

// keyOf is the reverse of location; anything that location does not return is
// not a file of ours.
func keyOf(file string) (key string, ok bool) {
	parts := strings.Split(file, "/")
	if len(parts) != 3 {
		return "", false
	}
	key = strings.TrimSuffix(parts[0], "=")
	if parts[2] != "=" {
		key += "/" + strings.ReplaceAll(parts[2], ".", "/")
	}
	back, err := location(key)
	return key, err == nil && back == file
}

func isNotOfKeys(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
