package words

import (
	"slices"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Sign is a sign of life of an attempt, and what it says with it.
type Sign struct {
	Percent int  // how far it has come; 0: not told. What was reached is not taken back
	Exact   bool // by its own word: Percent takes the place of what was read of the input
	Said    job.Said
}

// Note makes a sign part of a change of its job.
func (s *Sign) Note(ch *protocol.Change, j *job.Job, now time.Time) {
	percent := min(max(s.Percent, 0), 100)
	if !s.Exact {
		percent = max(j.Ready.Progress, percent)
	}
	j.Ready.Progress = percent
	Add(ch, j, s.Said, now)
}

// Add has a change of an unfinished job add to what the job has said.
func Add(ch *protocol.Change, j *job.Job, said job.Said, now time.Time) {
	if len(said.Words) == 0 {
		return
	}
	ch.Say = job.Said{Words: slices.Clone(said.Words), Lost: said.Lost}
	for i := range ch.Say.Words {
		w := &ch.Say.Words[i]
		if w.At.IsZero() {
			w.At = now
		}
		if w.Kind == job.Message {
			j.Ready.Message = w.Text
		}
	}
}

// bytesOf is how many bytes are said, with those that are lost.
func bytesOf(said *job.Said) int64 {
	n := said.Lost.Bytes
	for i := range said.Words {
		n += int64(len(said.Words[i].Text))
	}
	return n
}
