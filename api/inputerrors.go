package api

import "encoding/json"

// InputErrors are why an input does not fit. A tool's own server may have a detail
// of the same name that is something else: that is read as none.
type InputErrors []InputError

// UnmarshalJSON reads a list of errors; of what is none it makes none.
func (e *InputErrors) UnmarshalJSON(text []byte) error {
	var list []InputError
	if json.Unmarshal(text, &list) == nil {
		*e = list
	}
	return nil
}
