// Package google is the dialect of google.longrunning (AIP-151): a job is an
// Operation, and clients that were generated for Google's APIs start, poll,
// cancel, delete and list jobs without knowing of this server. Messages are
// written as protobuf's JSON mapping says. The package knows no protobuf library:
// the only types that it sends are Struct, Status and ErrorInfo.
package google

import (
	"encoding/json"
	"net/http"
	"strconv"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Words is the dialect.
type Words struct{}

// ContentType is JSON's.
func (Words) ContentType() string { return "application/json" }

// Names of operations, and of the types of messages in an Any.
const (
	collection = "operations"
	structType = `{"@type":"type.googleapis.com/google.protobuf.Struct","value":`
	infoType   = `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":`
	domain     = "claimcheck" // of every ErrorInfo
)

// Status is the job's Operation. Its metadata is a Struct, the full view without
// what the operation says itself; so is its response.
func (Words) Status(v dialect.View) []byte {
	b := append(begin(&v), `,"done":`...)
	switch v.Job.Status {
	case job.Success:
		b = append(append(b, `true,"response":`...), response(v.Result)...)
	case job.Failed:
		b = append(append(b, `true,"error":`...), status(v.Job)...)
	default:
		b = append(b, "false"...)
	}
	return append(b, '}')
}

// begin is the beginning of an Operation: its name and metadata.
func begin(v *dialect.View) []byte {
	j := v.Job
	b := append(make([]byte, 0, 512+len(v.Full)+len(v.Result)), `{"name":"`+collection+`/`...)
	b = j.ID.AppendText(b)
	b = append(append(b, `","metadata":`+structType+`{"job_id":"`...), j.ID.String()...)
	b = append(append(b, `","status":"`...), j.Status.String()...)
	b = strconv.AppendInt(append(b, `","created_at":`...), j.Created.Unix(), 10)
	updated := j.Updated
	if updated.IsZero() { // no more is known of it
		updated = j.Created
	}
	b = strconv.AppendInt(append(b, `,"updated_at":`...), updated.Unix(), 10)
	if !j.Status.Final() {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), v.Hint, 10)
	}
	if len(v.Full) > len("{}") {
		b = append(append(b, ','), v.Full[1:len(v.Full)-1]...)
	}
	return append(b, "}}"...)
}

// response is a result as a Struct: itself where it is an object, else as its
// member value.
func response(result []byte) []byte {
	b := append(make([]byte, 0, len(result)+96), structType...)
	if object := fitting(result); object[0] == '{' {
		b = append(b, object...)
	} else {
		b = append(append(append(b, `{"value":`...), object...), '}')
	}
	return append(b, '}')
}

// status is a failed job's google.rpc.Status.
func status(j *job.Job) []byte {
	f := dialect.FailureOf(dialect.ErrorOf(j, false))
	b := strconv.AppendInt([]byte(`{"code":`), int64(codeOfJob(f)), 10)
	return appendFault(b, f.Error)
}

// appendFault appends the message and the details of a failure, and ends its object.
func appendFault(b []byte, f *fault.Error) []byte {
	b = append(append(b, `,"message":`...), dialect.JSON(f.Message)...)
	b = append(append(b, `,"details":[`+infoType...), dialect.JSON(f.Code)...)
	b = append(b, `,"domain":"`+domain+`","metadata":{`...)
	for i, d := range f.Details {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, dialect.JSON(d.Name)...), ':')
		b = append(b, dialect.JSON(textOf(d.Value))...)
	}
	return append(b, `}}]}`...)
}

// textOf is a detail's value as ErrorInfo has it: text is itself, all else its JSON.
func textOf(v any) string {
	text := dialect.JSON(v)
	var s string
	if json.Unmarshal(text, &s) == nil && text[0] == '"' {
		return s
	}
	return string(text)
}

// Accepted answers with an Operation that is not done: also where the same order
// came before and its job has ended by now, of which the next poll tells.
func (Words) Accepted(a dialect.Accepted, _ http.Header) (code int, body []byte) {
	return http.StatusOK, append(begin(&a.View), `,"done":false}`...)
}

// Done is an Operation of which no more than its end is known. No route of this
// dialect runs an order at once.
func (Words) Done(d dialect.Done, _ http.Header) (code int, body []byte) {
	b := []byte(`{`)
	if d.Order != nil {
		b = append(b, `"name":"`+collection+`/`+d.Order.ID.String()+`",`...)
	}
	b = append(b, `"done":true,"response":`...)
	return http.StatusOK, append(append(b, response(d.Result)...), '}')
}

// List is a ListOperationsResponse.
func (Words) List(p dialect.Page, _ http.Header) []byte {
	b := append(dialect.AppendItems([]byte(`{"operations":[`), p.Jobs), ']')
	if p.Next != "" {
		b = append(append(b, `,"nextPageToken":`...), dialect.JSON(p.Next)...)
	}
	return append(b, '}')
}

// Failed is a google.rpc.Status as Google's REST interfaces send it (AIP-193): its
// code is HTTP's, its status the name of the google.rpc.Code. Beyond a limit the
// answer is 503: 429 is final for generated clients.
func (Words) Failed(f dialect.Failure, _ http.Header) (httpStatus int, body []byte) {
	httpStatus = f.Status
	if httpStatus == http.StatusTooManyRequests {
		httpStatus = http.StatusServiceUnavailable
	}
	b := strconv.AppendInt([]byte(`{"error":{"code":`), int64(httpStatus), 10)
	b = append(append(b, `,"status":`...), dialect.JSON(codeOf(httpStatus).String())...)
	return httpStatus, append(appendFault(b, f.Error), '}')
}
