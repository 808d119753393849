//go:build testtools

package testtool_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/testtool"
)

func run(ctx context.Context, t *testing.T, name, input string) (string, error) {
	t.Helper()
	set, err := tool.NewSet(testtool.Tools()...)
	if err != nil {
		t.Fatal(err)
	}
	x, ok := set.Get(name)
	if !ok {
		t.Fatalf("no tool %s among %v", name, set.Names())
	}
	var out strings.Builder
	err = x.Run(ctx, tool.Call{Input: strings.NewReader(input), InputSize: int64(len(input)), Output: &out})
	return out.String(), err
}

func TestSleep(t *testing.T) {
	for input, want := range map[string]string{
		"200ms": "slept 200ms", "200ms\n": "slept 200ms", "200ms some text": "some text",
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			got, err := run(t.Context(), t, "test-sleep", input)
			if err != nil || got != want || time.Since(begin) != 200*time.Millisecond {
				t.Errorf("%q: got %q, %v after %v", input, got, err, time.Since(begin))
			}
		})
	}
}

func TestSleepStopsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := run(ctx, t, "test-sleep", "1h")
		if !errors.Is(err, context.DeadlineExceeded) || got != "" || time.Since(begin) != time.Second {
			t.Errorf("got %q, %v after %v", got, err, time.Since(begin))
		}
	})
}

func TestPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, err := run(t.Context(), t, "test-panic", "")
	t.Errorf("got %v", err)
}

// TestExit runs itself in a second process, which must not get to its end.
func TestExit(t *testing.T) {
	const second = "CLAIMCHECK_TEST_EXIT"
	if os.Getenv(second) != "" { //nolint:forbidigo // how a test tells its second process what it is
		_, err := run(t.Context(), t, "test-exit", "always")
		t.Fatalf("still there: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExit$")
	cmd.Env = append(os.Environ(), second+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("got %v, want exit code 3: %s", err, out)
	}
}

func TestFail(t *testing.T) {
	if _, err := run(t.Context(), t, "test-fail", "retry please"); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("retry: got %v", err)
	}
	_, err := run(t.Context(), t, "test-fail", "invalid")
	want := []fault.Detail{{Name: "line", Value: 1}, {Name: "column", Value: 1}}
	if !fault.IsCode(err, "TEST_FAILED") || !slices.Equal(fault.Of(err).Details, want) {
		t.Errorf("invalid: got %v", err)
	}
}

func TestUnknownInput(t *testing.T) {
	for name, input := range map[string]string{"test-sleep": "a while", "test-exit": "never", "test-fail": ""} {
		if _, err := run(t.Context(), t, name, input); !fault.Is(err, fault.Invalid) || !fault.IsCode(err, "TEST_FAILED") {
			t.Errorf("%s of %q: got %v", name, input, err)
		}
	}
}

func TestReaderError(t *testing.T) {
	lost := errors.New("connection lost")
	for _, x := range testtool.Tools() {
		if err := x.Run(t.Context(), tool.Call{Input: iotest.ErrReader(lost)}); !errors.Is(err, lost) {
			t.Errorf("%s: got %v", x.Spec().Name, err)
		}
	}
}
