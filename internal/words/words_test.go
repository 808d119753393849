package words_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/view"
	"claimcheck/internal/words"
)

// A shelf keeps what was said, as a store does.
type shelf struct {
	said  job.Said
	reads int
	rings *view.Watch
}

func (s *shelf) LastWords(context.Context, []job.ID) (map[job.ID]int64, error) { return nil, nil }

func (s *shelf) Words(_ context.Context, _ job.ID, after int64) (job.Said, error) {
	s.reads++
	said := job.Said{Lost: s.said.Lost}
	for _, w := range s.said.Words {
		if w.After(after) {
			said.Words = append(said.Words, w)
		}
	}
	return said, nil
}

func newBoard() (*words.Board, *shelf) {
	s := &shelf{}
	views := view.New(view.Config{})
	s.rings = views.Listen(job.ID{1})
	return words.New(words.Config{Store: s, Views: views, Now: time.Now}), s
}

func heard(t *testing.T, b *words.Board, id job.ID, after int64) (texts string, last int64) {
	t.Helper()
	said, err := b.After(t.Context(), id, after)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range said.Words {
		if w.Seq <= last || w.Seq <= after {
			t.Errorf("position %d follows %d", w.Seq, max(last, after))
		}
		texts, last = texts+w.Text+"|", w.Seq
	}
	return texts, last
}

// TestWhatIsSaidIsThereAtOnce: before it is written, while, and after; each once.
func TestWhatIsSaidIsThereAtOnce(t *testing.T) {
	b, s := newBoard()
	id := job.ID{1}
	first := b.Begin(id, 1)
	first.Say(words.Of(1, "begins", []string{"one"}, "Hel"))
	if got, _ := heard(t, b, id, 0); got != "begins|one|Hel|" || !s.rings.Said() || s.rings.Said() {
		t.Errorf("heard %q, or nobody was told of it", got)
	}
	reads := s.reads
	if got, _ := heard(t, b, id, job.SpokenBefore(1)); got != "begins|one|Hel|" || s.reads != reads {
		t.Errorf("heard %q; the store was asked for what is here", got)
	}
	said, some := first.Unwritten()
	if !some || len(said.Words) != 3 {
		t.Fatalf("unwritten %+v", said)
	}
	first.Say(words.Of(1, "", nil, "lo"))
	s.said.Words = append(s.said.Words, said.Words...)
	first.Written(said)
	if said, _ := first.Unwritten(); len(said.Words) != 1 || said.Words[0].Text != "lo" {
		t.Errorf("unwritten after that %+v", said)
	}
	if got, _ := heard(t, b, id, 0); got != "begins|one|Hel|lo|" {
		t.Errorf("heard %q", got)
	}
	first.End()
	if got, _ := heard(t, b, id, 0); got != "begins|one|Hel|" {
		t.Errorf("after an end without a record: %q, want what was written", got)
	}
	second := b.Begin(id, 2)
	second.Say(words.Of(2, "", nil, "anew"))
	got, last := heard(t, b, id, 0)
	if got != "begins|one|Hel|anew|" || last != job.SpokenBefore(2)+4 {
		t.Errorf("with the second attempt: %q up to %d", got, last)
	}
	first.End() // long ago
	if got, _ := heard(t, b, id, job.SpokenBefore(1)+5+6); got != "Hel|anew|"[len("Hel|"):] && !strings.HasSuffix(got, "anew|") {
		t.Errorf("heard %q", got)
	}
}

// TestASpeechIsBounded: what is too much goes, and how much went unwritten is told.
func TestASpeechIsBounded(t *testing.T) {
	b, _ := newBoard()
	s := b.Begin(job.ID{1}, 1)
	line := strings.Repeat("x", 1000)
	for range 100 {
		s.Say(words.Of(1, "", []string{line}, ""))
	}
	said, _ := s.Unwritten()
	if n := int64(len(said.Words)); n != 65 || said.Lost.Lines != 100-n || said.Lost.Bytes != (100-n)*1000 {
		t.Errorf("%d lines are there, lost are %+v", n, said.Lost)
	}
	s.Written(said)
	if said, some := s.Unwritten(); some || said.Lost != (job.Lost{}) {
		t.Errorf("after a record %+v", said)
	}
}

// TestALongPieceIsSeveral: no character is cut in two, and joined they are the text.
func TestALongPieceIsSeveral(t *testing.T) {
	text := strings.Repeat("aé€😀", 5000)
	list := words.Of(1, "", nil, text)
	all := ""
	for _, w := range list {
		if strings.ContainsRune(w.Text, '\uFFFD') || len(w.Text) > 4<<10 {
			t.Fatalf("a piece of %d bytes: %.20q", len(w.Text), w.Text)
		}
		all += w.Text
	}
	if all != text || len(list) < 12 {
		t.Errorf("%d pieces make %d bytes of %d", len(list), len(all), len(text))
	}
	job.Count(0, list)
	if last := list[len(list)-1].Seq; last != job.SpokenBefore(1)+int64(len(text)) {
		t.Errorf("the last ends at %d", last)
	}
}

// TestWhatIsWrittenIsNotLost: what goes from here while it is being recorded is in the
// store, if the record succeeds, and else it is lost.
func TestWhatIsWrittenIsNotLost(t *testing.T) {
	b, _ := newBoard()
	for _, recorded := range []bool{true, false} {
		s := b.Begin(job.ID{1}, 1)
		line := strings.Repeat("x", 1000)
		s.Say(words.Of(1, "", []string{line, line}, ""))
		first, _ := s.Unwritten()
		for range 65 { // as much as there is room for
			s.Say(words.Of(1, "", []string{line}, ""))
		}
		want := job.Lost{Lines: 2, Bytes: 2000}
		if recorded {
			s.Written(first)
			want = job.Lost{}
		}
		if said, _ := s.Unwritten(); said.Lost != want || len(said.Words) != 65 {
			t.Errorf("recorded %t: lost are %+v, want %+v; %d are to be written", recorded, said.Lost, want, len(said.Words))
		}
		s.End()
	}
}
