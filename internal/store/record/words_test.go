package record_test

import (
	"strings"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

// FuzzReadWords: whatever is in a row, words are read as far as they can be, and no
// text is longer than the row.
func FuzzReadWords(f *testing.F) {
	var w record.Words
	w.Add(&job.Said{Words: []job.Word{
		{Kind: job.Message, Attempt: 1, At: time.UnixMilli(1), Text: "page 3"},
		{Kind: job.Log, Attempt: 1, Text: "a\x00"},
		{Kind: job.Piece, Attempt: 2, Text: "é"},
		{Kind: job.Piece, Attempt: 2, Text: strings.Repeat("x", 300)},
	}})
	whole := w.Written()[0].Data
	f.Add(whole, int64(0))
	f.Add(whole[:len(whole)-1], job.SpokenBefore(2)+3)
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), int64(-1))
	f.Add([]byte("\x03\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, after int64) {
		size := 0
		for _, word := range record.ReadWords(data, after) {
			size += len(word.Text)
			if word.Seq <= after || word.Kind == 0 || word.Kind > job.Piece {
				t.Errorf("after %d comes %+v", after, word)
			}
		}
		if size > len(data) {
			t.Errorf("%d bytes of text in %d", size, len(data))
		}
	})
}
