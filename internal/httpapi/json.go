package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"claimcheck/internal/etag"
	"claimcheck/internal/strictjson"
)

// ReadJSON reads a request's body of one JSON object, at most so many bytes. What is
// not in into is refused, so that a misspelt member does not go unnoticed.
func (c *Call) ReadJSON(into any, most int64) error {
	b, err := c.arriving().Whole(most)
	if err != nil {
		return err
	}
	return DecodeJSON(b, into)
}

// DecodeJSON is ReadJSON of a body that was read; see [strictjson.Decode].
func DecodeJSON(b []byte, into any) error { return strictjson.Decode(b, into) }

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
	body, err := asWritten(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	c.answerTagged(`W/"`+base64.RawURLEncoding.EncodeToString(sum[:tagBytes])+`"`, body)
	return nil
}

// asWritten is v in JSON without the escapes that make it fit for HTML, so that JSON
// which somebody else wrote stays as it is.
func asWritten(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// Knows reports whether the client has what has this tag.
func (c *Call) Knows(tag string) bool { return etag.Match(c.r.Header["If-None-Match"], tag) }

// AnswerTagged answers with JSON that has this tag, or 304 if the client has it.
// after is in how many seconds it should ask again, 0 if it need not.
func (c *Call) AnswerTagged(tag string, v any, after int64) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if after > 0 {
		c.w.Header()["Retry-After"] = []string{strconv.FormatInt(after, 10)}
	}
	c.answerTagged(tag, body)
	return nil
}

func (c *Call) answerTagged(tag string, body []byte) {
	h := c.w.Header()
	h["ETag"], h["Cache-Control"] = []string{tag}, revalidate
	if c.Knows(tag) {
		c.send(http.StatusNotModified, nil)
		return
	}
	c.sendJSON(http.StatusOK, body)
}

// tagBytes is how much of an answer's digest is its tag: enough that no two
// answers meet by chance.
const tagBytes = 12

// NoContent answers that it was done, with nothing to say.
func (c *Call) NoContent() { c.send(http.StatusNoContent, nil) }

// Redirect sends the client to another address this once: no cache keeps it.
func (c *Call) Redirect(to string) {
	h := c.w.Header()
	h.Set("Location", to)
	h.Set("Cache-Control", "no-store")
	c.send(http.StatusFound, nil)
}
