package dirblob

import (
	"fmt"
	"hash/crc32"
	"path"
	"strings"

	"claimcheck/internal/blob"
)

// otherParts is how many parts a key has at most after its first.
const otherParts = 3

// tmpFolder is for files that are not committed.
const tmpFolder = "tmp"

// location returns where a key's file is: <first part>/<2 hexadecimal digits
// of the key's CRC-32>/<other parts>. The other parts are joined by a point,
// which no part but the last can have, so that no key needs a folder where another needs a
// file; '=' stands for no other part, and sets a first part apart from
// [tmpFolder].
func location(key string) (string, error) {
	if err := blob.CheckKey(key); err != nil {
		return "", err
	}
	parts := strings.Split(key, "/")
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
		key += "/" + strings.Join(strings.SplitN(parts[2], ".", otherParts), "/")
	}
	back, err := location(key)
	return key, err == nil && back == file
}
