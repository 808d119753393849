package s3blob

import (
	"regexp"
	"strings"

	"claimcheck/internal/blob"
)

const (
	// ours begins the objects that the server writes; no owner begins with it.
	ours       = "_/"
	pingPrefix = "_ping-"
	noOther    = "=" // stands for no other part, which keys cannot be
	otherParts = 3
)

// posted are the objects that clients post: <owner>/<upload>/<name>, as they
// call them.
var posted = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*/upl_[0-9a-f]{32}/[A-Za-z0-9_-]+\.[A-Za-z0-9]+$`)

// objectOf returns a key's object: that of an upload is what clients call it;
// others are _/<first part>/<other parts, joined by points>, so that on storages
// which keep objects as files none needs a folder where another needs a file.
func objectOf(key string) (string, error) {
	if err := blob.CheckKey(key); err != nil {
		return "", err
	}
	if object, ok := strings.CutPrefix(key, blob.Uploads); ok && posted.MatchString(object) {
		return object, nil
	}
	first, rest, _ := strings.Cut(key, "/")
	if rest == "" {
		rest = noOther
	}
	return ours + first + "/" + strings.ReplaceAll(rest, "/", "."), nil
}

// keyOf is the reverse of objectOf; any other object is not ours.
func keyOf(object string) (key string, ok bool) {
	if name, is := strings.CutPrefix(object, ours); is {
		first, rest, _ := strings.Cut(name, "/")
		key = first
		if rest != noOther {
			key += "/" + strings.Join(strings.SplitN(rest, ".", otherParts), "/")
		}
	} else {
		key = blob.Uploads + object
	}
	back, err := objectOf(key)
	return key, err == nil && back == object
}
