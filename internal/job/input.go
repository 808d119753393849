package job

import (
	"encoding/json"
	"fmt"
)

// Input says where a job's input is and how large.
type Input struct {
	Size  int64 // in bytes; 0 for one at a URL: it is not known before the fetch
	Where Where
	Type  string // its Content-Type as far as it is known without fetching; empty for none
}

// Where says where an input is. The numbers are in databases.
type Where uint8

// Where inputs are. One that is not in the store or the job's own blob is described
// by a [Source], which stores keep where they keep an inline input.
const (
	Inline   Where = 0 // in the store
	InFile   Where = 1 // the blob named by [InputKey]
	InUpload Where = 2 // a client's upload
	AtURL    Where = 3 // fetched by each attempt
	Gone     Where = 4 // nowhere any more: the owner's plan keeps inputs for less long than jobs
)

// Kept is how many bytes are kept for the job alone.
func (i Input) Kept() int64 {
	if i.Where == Inline || i.Where == InFile {
		return i.Size
	}
	return 0
}

// InStore reports whether the store keeps bytes for the input: itself, or its
// source.
func (i Input) InStore() bool { return i.Where != InFile && i.Where != Gone }

// InputKey is the key of the blob that a large input is.
func InputKey(id ID) string { return "inputs/" + id.String() }

// A Source describes an input that is an upload or at a URL.
type Source struct {
	Upload string `json:"upload,omitempty"` // the upload's id
	Key    string `json:"key,omitempty"`    // its blob
	ETag   string `json:"etag,omitempty"`   // as it was when the job was accepted
	URL    string `json:"url,omitempty"`
}

// Encode returns the bytes that are stored.
func (s Source) Encode() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("job: source: " + err.Error()) // strings always encode
	}
	return b
}

// ParseSource reads what Encode wrote.
func ParseSource(b []byte) (Source, error) {
	var s Source
	if err := json.Unmarshal(b, &s); err != nil {
		return Source{}, fmt.Errorf("read the source of an input: %w", err)
	}
	return s, nil
}
