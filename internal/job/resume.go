package job

import (
	"encoding/json"
	"fmt"
	"time"
)

// Resume is how an upload stands that arrives in parts, by several connections
// (tus 1.0, https://tus.io/protocols/resumable-upload).
type Resume struct {
	Length int64    `json:"length"`         // in bytes; negative while the client has not said it
	Part   bool     `json:"part,omitempty"` // it is a part of others, and no file by itself
	Of     []string `json:"of,omitempty"`   // ids of the parts that it is joined of; nil for one that is sent
	Type   string   `json:"type,omitempty"` // Content-Type that the file will have
	Meta   string   `json:"meta,omitempty"` // what the client said of it, as it said it
	// Over says that it was given up or has expired: its row is a memory of it.
	Over bool `json:"over,omitempty"`

	// Writer has the upload for itself until Until; empty for nobody. Wanted asks
	// it to let go.
	Writer string `json:"writer,omitempty"`
	Until  int64  `json:"until,omitempty"` // milliseconds since 1970
	Wanted bool   `json:"wanted,omitempty"`
}

// Encode returns what [Upload].Resume keeps.
func (r *Resume) Encode() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts, numbers and truths
	}
	return string(text)
}

// ParseResume reads what Encode returned.
func ParseResume(text string) (r Resume, err error) {
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return Resume{}, fmt.Errorf("how an upload stands: %w", err)
	}
	return r, nil
}

// Taken reports whether somebody else than a writer has the upload for itself.
func (r *Resume) Taken(writer string, now time.Time) bool {
	return r.Writer != "" && r.Writer != writer && now.UnixMilli() < r.Until
}
