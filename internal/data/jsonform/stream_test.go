package jsonform_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/fault"
)

func TestReadersOfEveryKind(t *testing.T) {
	in := string(records(200_000))
	for _, name := range allTools {
		want := output(t, name, in)
		for kind, wrap := range map[string]func(io.Reader) io.Reader{
			"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with error": iotest.DataErrReader,
		} {
			var got bytes.Buffer
			if err := run(t, name, wrap(strings.NewReader(in)), &got); err != nil || got.String() != want {
				t.Errorf("%s from a %s reader: %v, same output: %t", name, kind, err, got.String() == want)
			}
		}
	}
}

// TestReaderErrorsAreOurs: whatever the reader's error is and wherever it
// comes, it is not a mistake of the document.
func TestReaderErrorsAreOurs(t *testing.T) {
	const in = ` {"name" : [ 12 , true , "te\u0041xt" ] , "é" : -1.5e+3 } `
	lost := errors.New("connection lost")
	for _, cause := range []error{lost, io.ErrUnexpectedEOF, fmt.Errorf("gone: %w", io.EOF), context.DeadlineExceeded} {
		for i := range len(in) {
			for _, name := range allTools {
				err := run(t, name, io.MultiReader(strings.NewReader(in[:i]), iotest.ErrReader(cause)), io.Discard)
				if !errors.Is(err, cause) || fault.Of(err) != nil {
					t.Fatalf("%s after %q: got %v, want %v", name, in[:i], err, cause)
				}
			}
		}
	}
	tooLarge := fault.New(fault.TooLarge, "FILE_TOO_LARGE", "the file is too large")
	err := run(t, "json-minify", io.MultiReader(strings.NewReader(`[1`), iotest.ErrReader(tooLarge)), io.Discard)
	if fault.Of(err) != tooLarge {
		t.Errorf("a fault of the reader became %v", err)
	}
}

// TestMistakeBeforeReaderError: a document that is wrong is wrong, though the
// reader fails later.
func TestMistakeBeforeReaderError(t *testing.T) {
	in := io.MultiReader(strings.NewReader(`[1 2]`), iotest.ErrReader(errors.New("connection lost")))
	if err := run(t, "json-minify", in, io.Discard); !fault.IsCode(err, invalidJSON) {
		t.Errorf("got %v", err)
	}
}

const mebibyte = 1 << 20

// many gives n times c.
func many(c byte, n int) io.Reader {
	return io.LimitReader(&datatest.Repeat{Text: strings.Repeat(string(c), 64<<10)}, int64(n))
}

func TestTokenTooLarge(t *testing.T) {
	quote := strings.NewReader
	for _, c := range []struct {
		name string
		in   io.Reader
		ok   bool
	}{
		{"string of 64 MiB", io.MultiReader(quote(`["`), many('a', 64*mebibyte-2), quote(`"]`)), true},
		{"string of 64 MiB and a byte", io.MultiReader(quote(`["`), many('a', 64*mebibyte-1), quote(`"]`)), false},
		{"endless string", io.MultiReader(quote(`{"`), many('a', 1<<40)), false},
		{"endless number", many('1', 1<<40), false},
		{"endless white space", io.MultiReader(quote(`[`), many('\n', 1<<40)), false},
		{"name of 65 MiB", io.MultiReader(quote(`{"`), many('n', 65*mebibyte), quote(`":1}`)), false},
		{"names of 30 MiB side by side", io.MultiReader(
			quote(`{"`), many('n', 30*mebibyte), quote(`":{},"`), many('n', 30*mebibyte), quote(`":{"`), many('n', 30*mebibyte), quote(`":1}}`)), true},
		{"names of 30 MiB nested", io.MultiReader(
			quote(`{"`), many('n', 30*mebibyte), quote(`":{"`), many('n', 30*mebibyte), quote(`":{"`), many('n', 30*mebibyte), quote(`":1}}}`)), true},
	} {
		err := run(t, "json-minify", c.in, io.Discard)
		if c.ok && err != nil || !c.ok && (!fault.IsCode(err, "FILE_TOO_LARGE") || fault.KindOf(err) != fault.TooLarge) {
			t.Errorf("%s: got %v, want success: %t", c.name, err, c.ok)
		}
	}
}

// TestMistakeBehindLargeToken checks line and column of mistakes behind tokens for
// which the decoder's buffer grows.
func TestMistakeBehindLargeToken(t *testing.T) {
	for _, size := range []int{4000, 5000, 70_000, mebibyte, 3*mebibyte + 1} {
		in := io.MultiReader(strings.NewReader("[\n1, \"é"), many('a', size), strings.NewReader("\", 2 3"))
		checkAt(t, "json-minify", in, fmt.Sprintf("%d bytes", size), invalidJSON, 2, 6+size+5, "a comma or ]")
		in = io.MultiReader(strings.NewReader("[\n1, \"é"), many('a', size), strings.NewReader("\",\n2 3"))
		checkAt(t, "json-minify", in, fmt.Sprintf("%d bytes", size), invalidJSON, 3, 3, "a comma or ]")
		in = io.MultiReader(strings.NewReader("[\n1, \"é"), many('a', size), strings.NewReader("\t\""))
		checkAt(t, "json-minify", in, fmt.Sprintf("%d bytes", size), invalidJSON, 2, 6+size, "a control character")
	}
}

// TestMemoryIsConstant: a hundred times the input does not need more memory.
func TestMemoryIsConstant(t *testing.T) {
	block := "," + strings.Trim(string(records(100_000)), "[]")
	inQuotes := strings.Trim(quote(block, false), `"`)
	for name, c := range map[string]struct {
		begin, block, end string
		run               func(in io.Reader) error
	}{
		"format":   {"[0", block, "]", func(in io.Reader) error { return jsonform.Format(in, io.Discard, &data.Options{TabSpace: 1}) }},
		"read":     {"[0", block, "]", func(in io.Reader) error { return jsonform.Read(in, nil, nowhere{}) }},
		"escape":   {"[0", block, "]", func(in io.Reader) error { return jsonform.Escape(in, io.Discard, nil) }},
		"unescape": {`"[0`, inQuotes, `]"`, func(in io.Reader) error { return jsonform.Unescape(in, io.Discard, nil) }},
		"long":     {`["`, strings.Repeat("é", 50_000), `"]`, func(in io.Reader) error { return jsonform.Format(in, io.Discard, &data.Options{TabSpace: 1}) }},
	} {
		allocated := func(blocks int) uint64 {
			var before, after runtime.MemStats
			in := io.MultiReader(strings.NewReader(c.begin),
				io.LimitReader(&datatest.Repeat{Text: c.block}, int64(blocks*len(c.block))), strings.NewReader(c.end))
			runtime.ReadMemStats(&before)
			if err := c.run(in); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		allocated(1)
		if got := allocated(100); got > mebibyte {
			t.Errorf("%s: %d bytes allocated for 10 MB", name, got)
		}
	}
}

// nowhere is a sink.
type nowhere struct{}

func (nowhere) Put(data.Token) error { return nil }
