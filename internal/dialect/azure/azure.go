// Package azure is the dialect of Azure's long-running operations: a job is an
// operation, whose status monitor a 202 names in Operation-Location. The words
// are those of Microsoft's guidelines for REST APIs of Azure, and so that the
// pollers of its clients (azcore, core-lro) take them. It decides nothing, and
// knows nothing of resources: what is asked for is a tool's work.
package azure

import (
	"net/http"
	"strconv"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// contentType is that of all answers.
const contentType = "application/json"

// Words is the dialect.
type Words struct{}

// ContentType is JSON's.
func (Words) ContentType() string { return contentType }

// Status is a status monitor (AzureOperation in api/openapi.yaml).
func (Words) Status(v dialect.View) []byte {
	f := failureOf(v.Job)
	b := head(v.Job, statusOf(v.Job, f), len(v.Result)+len(v.Job.Error))
	b = v.Job.Updated.UTC().AppendFormat(append(b, `,"lastUpdatedDateTime":"`...), time.RFC3339)
	b = append(b, '"')
	switch v.Job.Status {
	case job.Queued:
		b = append(b, `,"percentComplete":0`...)
	case job.Processing:
		b = strconv.AppendInt(append(b, `,"percentComplete":`...), int64(v.Progress), 10)
	case job.Success:
		b = append(append(b, `,"percentComplete":100,"result":`...), v.Result...)
	case job.Failed:
		b = appendError(b, f)
	}
	return append(b, '}')
}

// head is the members that are known of every operation; there is room for more
// bytes.
func head(j *job.Job, status string, more int) []byte {
	b := append(make([]byte, 0, 256+more), `{"id":"`...)
	b = j.ID.AppendText(b)
	b = append(append(b, `","status":"`...), status...)
	b = j.Created.UTC().AppendFormat(append(b, `","createdDateTime":"`...), time.RFC3339)
	return append(b, '"')
}

// statusOf is the guidelines' word for where a job stands; f is its failure. Both
// clients end at these three of them: Succeeded, Failed, Canceled.
func statusOf(j *job.Job, f *fault.Error) string {
	switch {
	case j.Status == job.Queued:
		return "NotStarted"
	case j.Status == job.Processing:
		return "Running"
	case j.Status == job.Success:
		return "Succeeded"
	case f.Code == dialect.CodeCanceled:
		return "Canceled"
	default:
		return "Failed"
	}
}

// failureOf is why a job failed, nil if it did not.
func failureOf(j *job.Job) *fault.Error {
	if j.Status != job.Failed {
		return nil
	}
	return dialect.FailureOf(dialect.ErrorOf(j, true)).Error
}

// appendError appends the member error. What is known beside code and message
// stands in additionalInfo, as Azure's resource manager has it: innererror, where
// the guidelines want it, makes core-lro forget the code and the message.
func appendError(b []byte, f *fault.Error) []byte {
	b = append(append(b, `,"error":{"code":`...), dialect.JSON(f.Code)...)
	b = append(append(b, `,"message":`...), dialect.JSON(f.Message)...)
	if len(f.Details) > 0 {
		b = append(b, `,"additionalInfo":[{"type":"details","info":`...)
		for i, d := range f.Details {
			b = append(b, "{,"[min(i, 1)])
			b = append(append(append(b, dialect.JSON(d.Name)...), ':'), dialect.JSON(d.Value)...)
		}
		b = append(b, `}}]`...)
	}
	return append(b, '}')
}

// Accepted answers 202 with the beginning of the status monitor, and says where
// that is. There is no Location: azcore would fetch it also after a failure, and
// lose the code.
func (Words) Accepted(a dialect.Accepted, h http.Header) (status int, body []byte) {
	h[operationLocation] = []string{a.PublicURL + operations + a.Job.ID.String()}
	word := statusOf(&job.Job{}, nil)
	if a.Job.Status == job.Processing {
		word = statusOf(a.Job, nil)
	}
	return http.StatusAccepted, append(head(a.Job, word, 0), '}')
}

// Done answers with the result itself. No route of this dialect waits for one.
func (Words) Done(d dialect.Done, _ http.Header) (status int, body []byte) {
	return max(d.Status, http.StatusOK), d.Result
}

// List is a page in the guidelines' form. No route of this dialect lists yet.
func (Words) List(p dialect.Page, _ http.Header) (body []byte) {
	return append(dialect.AppendItems([]byte(`{"value":[`), p.Jobs), `]}`...)
}

// Failed is AzureFailure in api/openapi.yaml; the code is in a header as well, as
// the guidelines want it.
func (Words) Failed(f dialect.Failure, h http.Header) (status int, body []byte) {
	echo(f.Asked, h)
	refused(f, h)
	h[errorCode] = []string{f.Code}
	status = f.Status
	if f.Code == codeTooOld {
		status = http.StatusPreconditionFailed
	}
	b := appendError(make([]byte, 0, 256), f.Error)
	b[0] = '{' // nothing comes before the error
	return status, append(b, '}')
}
