package datatool_test

import (
	"bytes"
	"crypto/sha512"
	"errors"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/tool"
)

// run lays out a large document, an output of many pieces.
func runLarge(t *testing.T, in string, out io.Writer) error {
	t.Helper()
	return layouts(t)[0].Run(t.Context(), tool.Call{Input: strings.NewReader(in), Options: tool.Options{"x-tab-space": "1"}, Output: out})
}

// slow is an output that sums what it takes, twice, so that tools go on meanwhile.
func slow(write func([]byte) (int, error)) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		sha512.Sum512(p)
		sha512.Sum512(p)
		return write(p)
	})
}

func large() string { return "[" + strings.Repeat(`"lorem ipsum",`, 200_000) + "1]" }

func TestALargeOutputIsWrittenInItsOrder(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := runLarge(t, large(), slow(got.Write)); err != nil {
		t.Fatal(err)
	}
	if want := "[\n" + strings.Repeat(" \"lorem ipsum\",\n", 200_000) + " 1\n]"; got.String() != want {
		t.Errorf("%d bytes are others than the %d that they should be", got.Len(), len(want))
	}
}

func TestAnOutputThatFailsEndsTheTool(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for _, at := range []int{1, 2, 3, 10, 20} {
		writes := 0
		err := runLarge(t, large(), slow(func(p []byte) (int, error) {
			if writes++; writes == at {
				return 0, full
			}
			return len(p), nil
		}))
		if !errors.Is(err, full) || writes != at {
			t.Errorf("%v after %d writes, want it at %d", err, writes, at)
		}
	}
	err := runLarge(t, large(), slow(func(p []byte) (int, error) { return len(p) - 1, nil }))
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a short write: %v", err)
	}
}

func TestNothingIsWrittenBehindAMistake(t *testing.T) {
	t.Parallel()
	over := false
	err := runLarge(t, strings.TrimSuffix(large(), "]"), slow(func(p []byte) (int, error) {
		if over {
			t.Error("written when the tool was over")
		}
		return len(p), nil
	}))
	over = true
	if err == nil {
		t.Error("there is no mistake")
	}
}

func TestAnOutputThatPanicsPanicsInTheTool(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() != "no disk" {
			t.Error("it is not known")
		}
	}()
	writes := 0
	err := runLarge(t, large(), slow(func(p []byte) (int, error) {
		if writes++; writes == 15 {
			panic("no disk")
		}
		return len(p), nil
	}))
	t.Errorf("it ended with %v", err)
}
