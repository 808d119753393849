package record

import (
	"fmt"
	"strings"

	"claimcheck/internal/job"
)

// A Blob is which row may name a blob: one of the fields is set, none if no row
// can.
type Blob struct {
	Output string // its token
	Upload job.Upload
	Input  job.ID // its job
}

// ParseBlob returns which row may name the blob with this key.
func ParseBlob(key string) (b Blob) {
	if token, ok := strings.CutPrefix(key, job.OutputKey("")); ok {
		return Blob{Output: token}
	}
	if u, ok := job.ParseUploadKey(key); ok && u.BlobKey() == key {
		return Blob{Upload: u}
	}
	text, _ := strings.CutPrefix(key, inputs+"/")
	if id, err := job.ParseID(text); err == nil && job.InputKey(id) == key {
		return Blob{Input: id}
	}
	return Blob{}
}

// The folders of blobs, in the order in which [NamedKeys] goes through them; that
// of uploads comes last.
const (
	inputs  = "inputs"
	outputs = "outputs"
)

// A Namer lists the keys of blobs that rows name, in the order of the rows' own
// keys, those after one.
type Namer interface {
	NamedInputs(after job.ID, limit int) ([]string, error)
	NamedOutputs(after string, limit int) ([]string, error)
	NamedUploads(after string, limit int) ([]string, error)
}

// NamedKeys lists the keys of blobs that rows name, those after one: of inputs,
// then of outputs, then of uploads.
func NamedKeys(after string, limit int, of Namer) (keys []string, err error) {
	folder, name, _ := strings.Cut(after, "/")
	switch folder {
	case "", inputs:
		var id job.ID
		if name != "" {
			if id, err = job.ParseID(name); err != nil {
				return nil, fmt.Errorf("list blobs after %q: %w", after, err)
			}
		}
		if keys, err = of.NamedInputs(id, limit); err != nil || len(keys) == limit {
			return keys, err
		}
		name = ""
		fallthrough
	case outputs:
		more, err := of.NamedOutputs(name, limit-len(keys))
		if keys = append(keys, more...); err != nil || len(keys) == limit {
			return keys, err
		}
		after = ""
	}
	last, _ := job.ParseUploadKey(after)
	more, err := of.NamedUploads(last.ID, limit-len(keys))
	return append(keys, more...), err
}
