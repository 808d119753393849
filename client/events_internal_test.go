package client

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// events reads a stream to its end.
func events(t *testing.T, r io.Reader) (all []event, e *eventReader) {
	t.Helper()
	e = &eventReader{r: bufio.NewReader(r), alive: func() {}}
	for {
		ev, err := e.next()
		if err != nil {
			return all, e
		}
		all = append(all, ev)
	}
}

func TestEventsAreReadAsTheStandardSays(t *testing.T) {
	for _, c := range []struct {
		stream string
		want   []event
	}{
		{"data: a\n\n", []event{{data: []byte("a")}}},
		{"\ufeffdata:a\r\n\r\n", []event{{data: []byte("a")}}},
		{"data: a\rdata:  b\r\r", []event{{data: []byte("a\n b")}}},
		{"event: x\nid: 7\ndata\n\ndata: b\n\n", []event{{name: "x", id: "7", data: []byte{}}, {id: "7", data: []byte("b")}}},
		{"event: x\n\ndata: b\n\n", []event{{data: []byte("b")}}}, // a block without data is none
		{": alive\nretry: 1500\n\ndata: b\n\n", []event{{data: []byte("b")}}},
		{"id: a\x00\nid\ndata: b\n\n", []event{{data: []byte("b")}}},
		{"data: cut", nil},
		{"data: cut\n", nil},
		{"data: a\n\r\n", []event{{data: []byte("a")}}},
		{"unknown: 1\ndata: a\n\n", []event{{data: []byte("a")}}},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.stream), iotest.OneByteReader(strings.NewReader(c.stream))} {
			got, e := events(t, r)
			if len(got) != len(c.want) {
				t.Errorf("%q: got %q, want %q", c.stream, got, c.want)
				continue
			}
			for i := range got {
				if got[i].name != c.want[i].name || got[i].id != c.want[i].id || string(got[i].data) != string(c.want[i].data) {
					t.Errorf("%q: got %q, want %q", c.stream, got[i], c.want[i])
				}
			}
			if strings.Contains(c.stream, "retry: 1500") != (e.retry == 1500*time.Millisecond) {
				t.Errorf("%q: retry %s", c.stream, e.retry)
			}
		}
	}
}

func TestAnEventHasALimit(t *testing.T) {
	line := "data: " + strings.Repeat("x", 1<<20) + "\n"
	for name, stream := range map[string]string{"many lines": strings.Repeat(line, 6) + "\n", "one line": strings.Repeat("x", maxAnswerBytes+1)} {
		if all, _ := events(t, strings.NewReader(stream)); len(all) != 0 {
			t.Errorf("%s: %d events", name, len(all))
		}
	}
}

// FuzzEvents wants the same events however the bytes arrive, and none without data.
func FuzzEvents(f *testing.F) {
	f.Add("retry: 2000\nevent: status\nid: 2\ndata: {}\n\n")
	f.Add("data: a\r\rdata\r\n\r\n:\n")
	f.Fuzz(func(t *testing.T, stream string) {
		whole, _ := events(t, strings.NewReader(stream))
		slow, _ := events(t, iotest.OneByteReader(strings.NewReader(stream)))
		if len(whole) != len(slow) || len(whole) > strings.Count(stream, "data") {
			t.Fatalf("%d events at once, %d slowly", len(whole), len(slow))
		}
		for i := range whole {
			if whole[i].name != slow[i].name || whole[i].id != slow[i].id || string(whole[i].data) != string(slow[i].data) {
				t.Errorf("%q at once, %q slowly", whole[i], slow[i])
			}
		}
	})
}
