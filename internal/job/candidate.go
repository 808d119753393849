package job

import (
	"strconv"
	"strings"
)

// A Candidate is a waiting job as the scheduler sees it.
type Candidate struct {
	ID        ID
	Owner     string
	Tool      string
	Priority  int
	InputSize int64
	InputSum  int64 // as Ready.InputSum
	Probation Probation
	Strand    string // as Ready.Strand
}

// Mark returns what the candidate is recognised by if its input is poison.
func (c *Candidate) Mark() InputMark { return InputMark{Owner: c.Owner, Tool: c.Tool, Sum: c.InputSum} }

// An InputMark names an input without having it: whose, for which tool, and a
// sum of its bytes. A zero Sum names none.
type InputMark struct {
	Owner string
	Tool  string
	Sum   int64
}

// Name is how notes name the mark: tool, sum and owner, with a / between. Names of
// tools have none.
func (m InputMark) Name() string {
	return m.Tool + "/" + strconv.FormatInt(m.Sum, 10) + "/" + m.Owner
}

// ParseInputMark is the reverse of [InputMark.Name].
func ParseInputMark(name string) (m InputMark, ok bool) {
	tool, rest, _ := strings.Cut(name, "/")
	sum, owner, ok := strings.Cut(rest, "/")
	n, err := strconv.ParseInt(sum, 10, 64)
	return InputMark{Owner: owner, Tool: tool, Sum: n}, ok && err == nil
}

// CandidateOf is a waiting job as the scheduler sees it.
func CandidateOf(j *Job) Candidate {
	return Candidate{
		ID: j.ID, Owner: j.Owner, Tool: j.Tool, Priority: j.Ready.Priority,
		InputSize: j.Input.Size, InputSum: j.Ready.InputSum, Probation: j.Ready.Probation, Strand: j.Ready.Strand,
	}
}

// MarkOf names a job's input, with a zero sum once the job is finished.
func MarkOf(j *Job) InputMark {
	m := InputMark{Owner: j.Owner, Tool: j.Tool}
	if j.Ready != nil {
		m.Sum = j.Ready.InputSum
	}
	return m
}
