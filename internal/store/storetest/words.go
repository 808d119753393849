package storetest

import (
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// saying adds to what a job has said.
func saying(words ...job.Word) world.Decision {
	return func(c *protocol.Change, _ *job.Job, l protocol.Ledger) error {
		c.Say.Words = nil
		for _, w := range words {
			w.At = l.Now()
			c.Say.Words = append(c.Say.Words, w)
		}
		return nil
	}
}

func word(kind job.WordKind, attempt int, text string) job.Word {
	return job.Word{Kind: kind, Attempt: attempt, Text: text}
}

// heard is what is kept of what a job has said, as texts.
func heard(w *world.World, id job.ID, after int64) (texts []string, said job.Said) {
	w.T.Helper()
	said, err := w.Words(w.Ctx(), id, after)
	w.NoError(err)
	for _, word := range said.Words {
		texts = append(texts, fmt.Sprintf("%d %s %s", word.Attempt, word.Kind, word.Text))
	}
	return texts, said
}

func wordsRoundTrip(w *world.World) {
	j, other := w.SubmitJob("ann"), w.SubmitJob("ann")
	w.Must(j.ID, world.Claim("w"))
	texts, said := heard(w, j.ID, 0)
	w.Equal("of one that is silent", len(texts)+int(said.Lost.Lines+said.Lost.Bytes), 0)
	awkward := "a\x00b\u2028 \U0001F600"
	w.Must(j.ID, saying(word(job.Message, 1, "begins"), word(job.Log, 1, awkward)))
	w.Clock.Advance(time.Second)
	w.Must(j.ID, saying(word(job.Piece, 1, "Hel"), word(job.Piece, 1, "lo"), word(job.Log, 1, "line")))
	w.Reopen()
	texts, said = heard(w, j.ID, 0)
	w.Equal("said", texts, []string{"1 message begins", "1 log " + awkward, "1 output Hello", "1 log line"})
	w.Equal("first", said.Words[0].Seq, job.SpokenBefore(1)+int64(len("begins")))
	w.Equal("time", said.Words[3].At, w.Now())
	texts, _ = heard(w, j.ID, said.Words[1].Seq)
	w.Equal("rest", texts, []string{"1 output Hello", "1 log line"})
	texts, _ = heard(w, j.ID, said.Words[1].Seq+3)
	w.Equal("from the middle of a piece", texts, []string{"1 output lo", "1 log line"})
	texts, _ = heard(w, j.ID, said.Words[3].Seq)
	w.Equal("nothing new", len(texts), 0)
	last, err := w.LastWords(w.Ctx(), []job.ID{other.ID, j.ID, w.IDs.New()})
	w.NoError(err)
	w.Equal("last words", last, map[job.ID]int64{j.ID: said.Words[3].Seq})

	w.Must(j.ID, saying(word(job.Piece, 2, "anew")))
	texts, again := heard(w, j.ID, said.Words[3].Seq)
	w.Equal("of the next attempt", texts, []string{"2 output anew"})
	w.Equal("its position", again.Words[0].Seq, job.SpokenBefore(2)+4)
	texts, _ = heard(w, other.ID, 0)
	w.Equal("of another", len(texts), 0)
}

// wordsOnce: who was not told that its words were kept says them again.
func wordsOnce(w *world.World) {
	j := w.SubmitJob("ann")
	words := []job.Word{word(job.Piece, 1, "a"), word(job.Log, 1, "b"), word(job.Piece, 1, "c")}
	job.Count(0, words)
	w.Must(j.ID, saying(words[:2]...))
	w.Must(j.ID, saying(words...))
	w.Must(j.ID, saying(words[1:]...))
	texts, _ := heard(w, j.ID, 0)
	w.Equal("said", texts, []string{"1 output a", "1 log b", "1 output c"})
}

// wordsBounded: the oldest goes first, and how much went is told.
func wordsBounded(w *world.World) {
	j := w.SubmitJob("ann")
	line := strings.Repeat("x", 1000)
	for n := range 100 {
		w.Must(j.ID, saying(word(job.Log, 1, fmt.Sprintf("%d %s", n, line))))
	}
	_, said := heard(w, j.ID, 0)
	size, first := 0, 0
	for _, word := range said.Words {
		size += len(word.Text)
	}
	_, err := fmt.Sscan(said.Words[0].Text, &first)
	w.NoError(err)
	switch {
	case size > job.MaxWordsBytes || size < job.MaxWordsBytes*7/8:
		w.T.Errorf("%d bytes are kept, want nearly %d", size, job.MaxWordsBytes)
	case int(said.Lost.Lines) != first || len(said.Words)+first != 100:
		w.T.Errorf("%d lines are kept, the first is %d, and %d are said to be lost", len(said.Words), first, said.Lost.Lines)
	case said.Lost.Bytes < int64(first*1000):
		w.T.Errorf("%d bytes are said to be lost", said.Lost.Bytes)
	}
	change, err := w.ChangeJob(j.ID, func(c *protocol.Change, _ *job.Job, l protocol.Ledger) error {
		c.Say = job.Said{Lost: job.Lost{Lines: 7, Bytes: 70}}
		for range 70 {
			c.Say.Words = append(c.Say.Words, job.Word{Kind: job.Log, Attempt: 1, At: l.Now(), Text: line})
		}
		return nil
	})
	w.NoError(err)
	before := said.Lost
	if _, said = heard(w, j.ID, 0); said.Lost.Lines+int64(len(said.Words)) != 100+70+7 || change.Dropped < 60_000 || said.Lost.Bytes != before.Bytes+change.Dropped+70 {
		w.T.Errorf("%d lines are kept, lost are said to be %+v, told were %d bytes", len(said.Words), said.Lost, change.Dropped)
	}
}

// wordsGone: they go with their job, and a change that is refused says nothing.
func wordsGone(w *world.World) {
	j, kept := w.SubmitJob("ann"), w.SubmitJob("ann")
	for _, id := range []job.ID{j.ID, kept.ID} {
		w.Must(id, saying(word(job.Log, 1, "line")))
	}
	_, err := w.ChangeJob(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		w.NoError(saying(word(job.Log, 1, "refused"))(c, j, l))
		return world.ErrLost
	})
	if err == nil {
		w.T.Error("a refused change was made")
	}
	texts, _ := heard(w, j.ID, 0)
	w.Equal("said", texts, []string{"1 log line"})
	w.Must(j.ID, world.Remove)
	texts, _ = heard(w, j.ID, 0)
	w.Equal("of one that is gone", len(texts), 0)
	texts, _ = heard(w, kept.ID, 0)
	w.Equal("of the other", texts, []string{"1 log line"})
}

// wordsMessage: what is being done is told of the unfinished job alone.
func wordsMessage(w *world.World) {
	j := w.SubmitJob("ann")
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Message = "page 3 of\x00 9"
		return nil
	})
	list, err := w.Standing(w.Ctx(), []job.ID{j.ID})
	w.NoError(err)
	w.Equal("message", list[0].Ready.Message, "page 3 of\x00 9")
	w.Must(j.ID, world.Finish(lease, nil))
}
