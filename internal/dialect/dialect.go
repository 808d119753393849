// Package dialect says what a set of words for the wire must be able to say.
// The same job, the same rules and the same guard stand behind every dialect;
// what differs is how a status, a list and a failure look. A dialect only
// renders: it asks no store and decides nothing.
package dialect

import (
	"net/http"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
)

// A Dialect is one set of words. Its methods are called for the routes of the
// dialect and for failures of requests below its prefix, by many requests at
// once; header fields that they set are the answer's. Whatever bytes they
// return nobody changes.
type Dialect interface {
	// ContentType is that of all answers whose Content-Type is not set.
	ContentType() string
	// Status is a job's status. It is kept and repeated while nothing of the view
	// changes, so that it may depend on nothing else.
	Status(v View) []byte
	// Accepted answers an order that became a job, which waits or runs.
	Accepted(a Accepted, h http.Header) (status int, body []byte)
	// Done answers with the result of work that succeeded.
	Done(d Done, h http.Header) (status int, body []byte)
	// List answers with a page of jobs.
	List(p Page, h http.Header) (body []byte)
	// Failed answers a request that failed: a finished job's own failure, a key
	// that is none, a limit, a path that is not there.
	Failed(f Failure, h http.Header) (status int, body []byte)
}

// A View is a job as its owner may see it.
type View struct {
	Job    *job.Job
	Result []byte // of a successful job: the tool's answer, its link signed
	Hint   int64  // of an unfinished job: seconds until it is worth asking again
	// Full is the JSON object of what the full view adds (FullJob in
	// api/openapi.yaml), for a dialect whose statuses tell it; else nil. Of a job in
	// a list and of one that was just accepted it is what the job's row tells.
	Full []byte
	// Progress is the current attempt's, in percent, beside Full; 0 while nothing is
	// known.
	Progress int
	// File is the file that Result has a link to; nil if there is none, and for
	// dialects that do not ask for it.
	File *File
}

// A File is what a tool made, as far as an answer tells of it.
type File struct {
	Name string // the last part of its link
	Type string // Content-Type
	Size int64  // in bytes; -1 for unknown
}

// Accepted is an order that became a job.
type Accepted struct {
	View                // of the Job no more may be known than ID, Owner, Tool and Created
	Order *intake.Order // that the request placed; nil for a job that is tried again
	// Remembered is what the plain dialect answered, where this order was accepted
	// before; else nil.
	Remembered []byte

	RequestID string
	PublicURL string // what addresses of ours begin with, without a final slash
}

// Done is work that succeeded.
type Done struct {
	Result []byte // the tool's answer, its link signed
	// File is as in a View.
	File *File
	// Order is what the request placed; nil where the request asked for the result
	// of an earlier one.
	Order *intake.Order
	// Status is 0, or that of an answer which was remembered; the plain dialect's
	// failures are remembered too, and it is given them as results.
	Status int
}

// A Page is a part of a list.
type Page struct {
	Jobs [][]byte // the status of each
	Next string   // the cursor of the next page; empty for none
}

// A Failure is why a request failed, fit for its client.
type Failure struct {
	*fault.Error
	Status     int   // HTTP's
	RetryAfter int64 // in seconds; 0 where asking again is of no use
	RequestID  string
	Asked      http.Header // the request's
}
