package job

import (
	"bytes"
	"encoding/json"
)

// ErrorCode is the code of a Job.Error, empty if there is none.
func ErrorCode(object []byte) string {
	if rest, ok := bytes.CutPrefix(object, []byte(`{"code":"`)); ok { // as it is written
		if end := bytes.IndexAny(rest, `"\`); end >= 0 && rest[end] == '"' {
			return string(rest[:end])
		}
	}
	var e struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(object, &e) != nil {
		return ""
	}
	return e.Code
}
