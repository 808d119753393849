package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

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

// NoContent answers that it was done, with nothing to say.
func (c *Call) NoContent() { c.send(http.StatusNoContent, nil) }
