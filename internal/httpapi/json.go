package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
)

// ReadJSON reads a request's body of one JSON object.
func (c *Call) ReadJSON(into any, most int64) error {
	b, err := c.Incoming().Whole(most)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body is not the JSON object that is described.").Because(err)
	}
	return nil
}

// AnswerJSON answers with JSON.
func (c *Call) AnswerJSON(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.sendJSON(status, body)
	return nil
}

// AnswerIfNew answers a question with JSON that has a tag, or 304 if the client
// has it.
func (c *Call) AnswerIfNew(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	sum := sha256.Sum256(body)
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:tagBytes]) + `"`
	h := c.w.Header()
	h["ETag"], h["Cache-Control"] = []string{tag}, revalidate
	if etag.Match(c.r.Header["If-None-Match"], tag) {
		c.send(http.StatusNotModified, nil)
		return nil
	}
	c.sendJSON(http.StatusOK, body)
	return nil
}

// tagBytes is how much of an answer's digest is its tag: enough that no two
// answers meet by chance.
const tagBytes = 12

// NoContent answers that it was done, with nothing to say.
func (c *Call) NoContent() { c.send(http.StatusNoContent, nil) }
