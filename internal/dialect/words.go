package dialect

import (
	"bytes"
	"encoding/json"

	"claimcheck/internal/fault"
)

// CodeCanceled is the code of jobs that were given up, for dialects that have a
// status for these.
const CodeCanceled = "CANCELED"

// Hidden tells of another owner's job what is told of one that is not there, for
// dialects in which nothing is learnt of others' jobs.
func Hidden(err error) error {
	if fault.Is(err, fault.Forbidden) {
		return fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	}
	return err
}

// JSON writes what is certain to be JSON: texts, details, answers of ours.
func JSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("dialect: what is told cannot be JSON: " + err.Error())
	}
	return b
}

// AppendItems appends the items of a JSON array, without its brackets.
func AppendItems(b []byte, items [][]byte) []byte {
	return append(b, bytes.Join(items, []byte{','})...)
}
