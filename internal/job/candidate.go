package job

import "time"

// A Candidate is a waiting job as the scheduler sees it.
type Candidate struct {
	ID        ID
	Owner     string
	Tool      string
	Priority  int
	InputSize int64
	InputSum  int64 // as Ready.InputSum
	Probation Probation
}

// Mark returns what the candidate is recognised by if its input is poison.
func (c *Candidate) Mark() InputMark { return InputMark{Owner: c.Owner, Tool: c.Tool, Sum: c.InputSum} }

// An InputMark names an input without holding it: whose, for which tool, and a
// sum of its bytes. A zero Sum names none.
type InputMark struct {
	Owner string
	Tool  string
	Sum   int64
}

// A Poison is an input that took its worker with it on each attempt.
type Poison struct {
	InputMark

	Until time.Time // after it the input is as good as any other
}
