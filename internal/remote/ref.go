package remote

import (
	"strconv"
	"strings"

	"claimcheck/internal/job"
	"claimcheck/internal/sign"
)

// A Ref names an attempt, as remote programs do.
type Ref struct {
	Job     job.ID
	Attempt int
	KeyID   string // of the key that claimed it; empty if a signature names the attempt
}

// String is the name of the lease: the job's id, a point, the attempt.
func (r Ref) String() string { return r.Job.String() + "." + strconv.Itoa(r.Attempt) }

// maxAttemptDigits bounds the number in a lease's name.
const maxAttemptDigits = 9

// ParseRef reads the name of a lease.
func ParseRef(text string) (r Ref, ok bool) {
	id, number, _ := strings.Cut(text, ".")
	parsed, err := job.ParseID(id)
	n, bad := strconv.ParseUint(number, 10, 31)
	if err != nil || bad != nil || len(number) > maxAttemptDigits || n == 0 {
		return Ref{}, false
	}
	return Ref{Job: parsed, Attempt: int(n)}, true
}

// An Address is what a signed address is for.
type Address string

// The addresses.
const (
	Input    Address = "input"
	Output   Address = "output"
	Callback Address = "callback"
)

func (a Address) purpose() sign.Purpose {
	if a == Callback {
		return sign.Callback
	}
	return sign.Work
}

// URL is a signed address for one job and attempt: it needs no key, and is void
// once the attempt is over.
func (d *Desk) URL(a Address, r Ref) string {
	lease := r.String()
	return d.PublicURL + "/work/" + lease + "/" + string(a) + "?signature=" + d.Signer.Sign(a.purpose(), string(a), lease)
}

// Verify reports whether a signature is of the address.
func (d *Desk) Verify(a Address, r Ref, signature string) bool {
	return d.Signer.Verify(a.purpose(), signature, string(a), r.String())
}

// InputURL is where the input of an attempt is read.
func (d *Desk) InputURL(jobID string, attempt int) string {
	return d.URL(Input, refOf(jobID, attempt))
}

// CallbackURL is where the end of an attempt is reported.
func (d *Desk) CallbackURL(jobID string, attempt int) string {
	return d.URL(Callback, refOf(jobID, attempt))
}

func refOf(jobID string, attempt int) Ref {
	id, err := job.ParseID(jobID)
	if err != nil {
		panic("remote: " + err.Error()) // it is an id of ours
	}
	return Ref{Job: id, Attempt: attempt}
}
