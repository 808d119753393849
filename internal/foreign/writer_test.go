package foreign_test

import (
	"bytes"
	"errors"
	"testing"

	"claimcheck/internal/foreign"
)

func TestTextOfManyLinesIsMadeHarmless(t *testing.T) {
	const in = "{\n\t\"a\": \"日本\x1b[2J\u009b\u202e🎉\",\r\n\xff\xfe end\xe6\x97"
	const want = "{\n\t\"a\": \"日本\\x1b[2J\\u009b\\u202e🎉\",\n\\xff\\xfe end\\xe6\\x97"
	for size := 1; size <= len(in); size++ { // however it is split
		var out bytes.Buffer
		w := foreign.Writer(&out)
		for rest := []byte(in); len(rest) > 0; {
			part := rest[:min(size, len(rest))]
			rest = rest[len(part):]
			if n, err := w.Write(part); n != len(part) || err != nil {
				t.Fatalf("Write: %d, %v", n, err)
			}
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("in parts of %d: got %q, %v, want %q", size, out.String(), err, want)
		}
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestAWriterThatFailsIsTold(t *testing.T) {
	w := foreign.Writer(broken{})
	if _, err := w.Write([]byte("a\xe6")); !errors.Is(err, errBroken) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("Close: %v", err)
	}
}
