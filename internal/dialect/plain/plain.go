// Package plain is this server's own dialect, the one that api/openapi.yaml
// describes. What an idempotency key remembers is in its words too, whatever the
// dialect of the request.
package plain

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
)

// ContentType is that of everything but problem details.
const ContentType = "application/json"

// Words is the plain dialect.
type Words struct{}

// ContentType is JSON's.
func (Words) ContentType() string { return ContentType }

const unfinishedMessage = "Your job is being processed."

// UnfinishedMember is the member that says of every unfinished job the same.
func UnfinishedMember() []byte { return []byte(`"message":"` + unfinishedMessage + `"`) }

// Status is the body of GET /jobs/{job_id} (Status in api/openapi.yaml).
func (Words) Status(v dialect.View) []byte {
	b := Head(v.Job, len(v.Result)+len(v.Job.Error))
	switch v.Job.Status {
	case job.Success:
		b = append(append(b, `,"result":`...), v.Result...)
	case job.Failed:
		b = append(append(b, `,"error":`...), v.Job.Error...)
	case job.Queued, job.Processing:
		b = append(append(b, `,"message":"`...), unfinishedMessage...)
		b = strconv.AppendInt(append(b, `","retry_after":`...), v.Hint, 10)
	}
	return append(b, '}')
}

// Head is the members that every status body begins with; there is room for
// more bytes.
func Head(j *job.Job, more int) []byte {
	b := append(make([]byte, 0, 256+more), `{"job_id":"`...)
	b = j.ID.AppendText(b)
	b = append(append(b, `","status":"`...), j.Status.String()...)
	b = strconv.AppendInt(append(b, `","created_at":`...), j.Created.Unix(), 10)
	return strconv.AppendInt(append(b, `,"updated_at":`...), j.Updated.Unix(), 10)
}

// StatusURL is where a job's status is asked for.
func StatusURL(publicURL string, id job.ID) string { return publicURL + "/jobs/" + id.String() }

// Accepted answers 202, and says where to ask.
func (Words) Accepted(a dialect.Accepted, h http.Header) (status int, body []byte) {
	url := StatusURL(a.PublicURL, a.Job.ID)
	h["Location"] = []string{url + "/result"}
	h["Link"] = []string{"<" + url + `>; rel="monitor"`}
	var wish intake.Wish
	if a.Order != nil {
		wish = a.Order.Wish
	}
	setApplied(h, wish, true)
	if a.Remembered != nil {
		return http.StatusAccepted, a.Remembered
	}
	return http.StatusAccepted, Ticket(a.PublicURL, a.Job.ID, a.RequestID)
}

// Ticket is the body of a 202.
func Ticket(publicURL string, id job.ID, requestID string) []byte {
	b := append(make([]byte, 0, 256), `{"status":"accepted","job_id":"`...)
	b = id.AppendText(b)
	b = append(append(b, `","status_url":"`...), StatusURL(publicURL, id)...)
	b = append(append(b, `","request_id":"`...), requestID...)
	return append(b, `"}`...)
}

// Done answers with the result itself.
func (Words) Done(d dialect.Done, h http.Header) (status int, body []byte) {
	if d.Order != nil {
		setApplied(h, d.Order.Wish, false)
	}
	return max(d.Status, http.StatusOK), d.Result
}

func setApplied(h http.Header, wish intake.Wish, accepted bool) {
	h["Vary"] = append(h["Vary"], "Accept, Prefer")
	if applied := Applied(wish, accepted); applied != "" {
		h["Preference-Applied"] = []string{applied}
	}
}

// Applied is the Preference-Applied field of an answer (RFC 7240); empty if no
// preference made a difference.
func Applied(wish intake.Wish, accepted bool) string {
	var list []string
	if wish.Async && accepted {
		list = append(list, "respond-async")
	}
	if wish.Waits {
		list = append(list, "wait="+strconv.Itoa(int(wish.Wait/time.Second)))
	}
	return strings.Join(list, ", ")
}

// List is the body of GET /jobs.
func (Words) List(p dialect.Page, _ http.Header) []byte {
	next := []byte("null")
	if p.Next != "" { // the page may be short all the same: it looked at enough
		next = dialect.JSON(p.Next)
	}
	return append(append(append(Jobs(p.Jobs), `,"next_cursor":`...), next...), '}')
}

// Jobs is the beginning of an object: its member jobs.
func Jobs(bodies [][]byte) []byte {
	return append(dialect.AppendItems([]byte(`{"jobs":[`), bodies), ']')
}

// Failed is the envelope or, where the client asked for them, problem details.
func (Words) Failed(f dialect.Failure, h http.Header) (status int, body []byte) {
	if wantsProblem(f.Asked) {
		h.Set("Content-Type", "application/problem+json")
		return f.Status, problem(f)
	}
	return f.Status, Envelope(f.Error, f.RetryAfter)
}

// Memory words what an idempotency key remembers.
type Memory struct{ PublicURL string }

// Accepted is the body of the 202.
func (m Memory) Accepted(o *intake.Order) []byte { return Ticket(m.PublicURL, o.ID, o.RequestID) }

// Refused is the envelope.
func (Memory) Refused(e *fault.Error) (status int, body []byte) {
	return dialect.FailureOf(e).Status, Envelope(e, 0)
}
