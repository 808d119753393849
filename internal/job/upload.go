package job

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/media"
)

const (
	uploadPrefix     = "upl_"
	uploadIDLen      = len(uploadPrefix) + 32
	maxFileNameBytes = 100
	uploadFolder     = "uploads/"
)

// PartName is the Name of an upload that is one part of another: no client can give
// a file that name, and no job can have it for input.
const PartName = "part"

// An Upload is a file that a client hands in before the jobs that read it. It
// goes with the last of them, or, if there is none, when it expires.
type Upload struct {
	ID      string // upl_ and 32 lower-case hexadecimal digits, unguessable
	Owner   string
	Name    string // the client's file name; see [FileExtension]
	Done    bool   // the file is there; before, it is pending
	Size    int64  // in bytes; 0 while pending
	ETag    string // the blob's; empty while pending
	Type    string // Content-Type that it was sent with; empty if there was none or it says nothing
	Jobs    int64  // that have it for input; changed by the store alone
	Created time.Time
	Expires time.Time
	// Resume is how an upload stands that arrives in parts, by [Resume.Encode]; empty
	// for one that comes at once.
	Resume string
}

// Key is what clients call the upload.
func (u *Upload) Key() string { return u.Owner + "/" + u.ID + "/" + u.Name }

// BlobKey is the key of the blob that the upload is.
func (u *Upload) BlobKey() string { return uploadFolder + u.Key() }

// NewUploadID makes an id of 16 unpredictable bytes.
func NewUploadID(random [16]byte) string { return uploadPrefix + hex.EncodeToString(random[:]) }

// IsUploadID reports whether a text could be an upload's ID.
func IsUploadID(text string) bool {
	digits, ok := strings.CutPrefix(text, uploadPrefix)
	_, err := hex.DecodeString(digits)
	return ok && err == nil && len(text) == uploadIDLen && strings.ToLower(digits) == digits
}

// ParseUploadKey takes the key of an upload apart, as clients or (with its
// folder) a storage of files call it.
func ParseUploadKey(key string) (u Upload, ok bool) {
	parts := strings.Split(strings.TrimPrefix(key, uploadFolder), "/")
	if len(parts) != 3 {
		return Upload{}, false
	}
	u = Upload{Owner: parts[0], ID: parts[1], Name: parts[2]}
	_, named := FileExtension(u.Name)
	return u, IsUploadID(u.ID) && u.Owner != "" && (named || u.Name == PartName)
}

// FileExtension returns the extension of a file name, in lower case and
// without the point; ok says whether an upload may have that name: 100 ASCII
// letters, digits, '_' and '-' at most, one point, and one of [media.UploadExtensions].
func FileExtension(name string) (ext string, ok bool) {
	stem, ext, found := strings.Cut(name, ".")
	ext = strings.ToLower(ext)
	odd := func(c rune) bool {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		return !letter && (c < '0' || c > '9') && c != '_' && c != '-'
	}
	ok = found && stem != "" && len(name) <= maxFileNameBytes && !strings.ContainsFunc(stem, odd) && slices.Contains(media.UploadExtensions, ext)
	return ext, ok
}
