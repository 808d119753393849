package record

import (
	"encoding/binary"
	"slices"

	"claimcheck/internal/job"
)

// A WordPart is one row of what a job has said: some words one after the other.
type WordPart struct {
	N    int64 // 1, 2, ... of the job's; the first ones may be gone
	Last int64 // Seq of its last word
	Size int64 // bytes of Data
	// Lines is how many of its words are lines of a log, and Lost what went before it
	// was written last.
	Lines int64
	Lost  job.Lost
	Data  []byte // of what Load gave, only the last part need have it
}

// wordPartBytes is when another part is begun: what is written again and again stays
// short.
const wordPartBytes = 4 << 10

// Words is what a job has said, in parts, and what adding to it has changed.
type Words struct {
	Parts []WordPart // in order

	put     map[int64]bool // parts that were written or are new
	dropped []int64        // parts that are to go
	Dropped int64          // bytes that went
}

// Add appends words. Those without a Seq are counted on; those that are there
// already, because their writer was not told so, are left out. What is too much goes,
// the oldest part first.
func (w *Words) Add(said *job.Said) {
	words, lost := job.Join(said.Words), said.Lost
	for i := range words {
		word := &words[i]
		last := w.last()
		after := int64(0)
		if last != nil {
			after = last.Last
		}
		switch {
		case word.Seq == 0:
			one := []job.Word{*word}
			job.Count(after, one)
			word = &one[0]
		case word.Seq <= after:
			continue
		}
		if last == nil || len(last.Data) >= wordPartBytes {
			next := WordPart{N: 1}
			if last != nil {
				next.N, next.Lost = last.N+1, last.Lost
				if !w.put[last.N] {
					last.Data = nil
				}
			}
			w.Parts = append(w.Parts, next)
			last = w.last()
		}
		last.add(word)
		last.Lost.Add(lost)
		lost = job.Lost{}
		if w.put == nil {
			w.put = map[int64]bool{}
		}
		w.put[last.N] = true
		w.trim()
	}
}

func (w *Words) last() *WordPart {
	if len(w.Parts) == 0 {
		return nil
	}
	return &w.Parts[len(w.Parts)-1]
}

// trim lets the oldest parts go while there is too much.
func (w *Words) trim() {
	size := int64(0)
	for i := range w.Parts {
		size += w.Parts[i].Size
	}
	for size > job.MaxWordsBytes && len(w.Parts) > 1 {
		gone, last := w.Parts[0], w.last()
		size -= gone.Size
		w.Dropped += gone.Size
		last.Lost.Add(job.Lost{Lines: gone.Lines, Bytes: gone.Size})
		w.Parts = w.Parts[1:]
		delete(w.put, gone.N)
		w.dropped = append(w.dropped, gone.N)
	}
}

// Written are the parts that are to be written.
func (w *Words) Written() (parts []WordPart) {
	for _, p := range w.Parts {
		if w.put[p.N] {
			parts = append(parts, p)
		}
	}
	return parts
}

// Gone is the number up to which parts are to go; 0 for none.
func (w *Words) Gone() int64 {
	if len(w.dropped) == 0 {
		return 0
	}
	return slices.Max(w.dropped)
}

// add appends a word: its kind, attempt, Seq and time as numbers, and its text.
func (p *WordPart) add(w *job.Word) {
	b := append(p.Data, byte(w.Kind))              //nolint:gocritic // the part's own
	b = binary.AppendUvarint(b, uint64(w.Attempt)) //nolint:gosec // never negative
	b = binary.AppendUvarint(b, uint64(w.Seq))     //nolint:gosec // as above
	b = binary.AppendVarint(b, Milli(w.At))
	b = binary.AppendUvarint(b, uint64(len(w.Text)))
	b = append(b, w.Text...)
	p.Data, p.Size, p.Last = b, int64(len(b)), w.Seq
	if w.Kind == job.Log {
		p.Lines++
	}
}

// ReadWords is the words of a part's data that end after a position; see
// [job.Word.After]. What cannot be read ends it: it is of another release.
func ReadWords(data []byte, after int64) (list []job.Word) {
	for len(data) > 0 {
		w := job.Word{Kind: job.WordKind(data[0])}
		data = data[1:]
		attempt, n1 := binary.Uvarint(data)
		seq, n2 := binary.Uvarint(data[max(n1, 0):])
		at, n3 := binary.Varint(data[max(n1, 0)+max(n2, 0):])
		size, n4 := binary.Uvarint(data[max(n1, 0)+max(n2, 0)+max(n3, 0):])
		head := n1 + n2 + n3 + n4
		if n1 <= 0 || n2 <= 0 || n3 <= 0 || n4 <= 0 || size > uint64(len(data)-head) || //nolint:gosec // the head is part of it
			w.Kind == 0 || w.Kind > job.Piece {
			return list
		}
		w.Attempt, w.Seq, w.At = int(attempt), int64(seq), Time(at)             //nolint:gosec // as written
		w.Text, data = string(data[head:head+int(size)]), data[head+int(size):] //nolint:gosec // as above
		if w.After(after) {
			list = append(list, w)
		}
	}
	return list
}
