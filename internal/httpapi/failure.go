package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// A jobError is a finished job's error on its way to a synchronous answer:
// unlike other failures of kind Internal it is shown with its own code.
type jobError struct{ is *fault.Error }

// Error gives the fault's text.
func (f jobError) Error() string { return f.is.Error() }

// failureOf is a failed job's error as the synchronous call would have
// answered it, its details in their order.
func failureOf(j *job.Job) error {
	var e struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(j.Error, &e); err != nil {
		return fmt.Errorf("stored error of job %s: %w", j.ID, err)
	}
	kind, ok := kindOfCode[e.Code]
	if !ok {
		kind = fault.Invalid
	}
	f := fault.New(kind, e.Code, "%s", e.Message)
	details, err := members(e.Details)
	if err != nil {
		return fmt.Errorf("stored details of job %s: %w", j.ID, err)
	}
	f.Details = details
	return jobError{f}
}

// members reads a JSON object keeping the order and the bytes of its members.
func members(object []byte) ([]fault.Detail, error) {
	if len(object) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var list []fault.Detail
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, fmt.Errorf("member name %v is no string", name)
		}
		list = append(list, fault.Detail{Name: text, Value: value})
	}
	return list, nil
}
