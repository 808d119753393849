package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/client"
)

func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%08d-0000-7000-8000-000000000000", i)
	}
	return all
}

func TestSeveralAreUnderWayAndShownInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		all := ids(20)
		var shown []string
		err := several(t.Context(), all, 4, func(_ context.Context, id string) (string, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
			}
			<-time.After(time.Duration(id[7]%7) * time.Second)
			return "of " + id, nil
		}, func(id, got string, err error) error {
			if got != "of "+id || err != nil {
				t.Errorf("%s: got %s, %v", id, got, err)
			}
			shown = append(shown, id)
			return nil
		})
		if err != nil || strings.Join(shown, " ") != strings.Join(all, " ") || most.Load() != 4 {
			t.Errorf("got %v, error %v, %d at a time", shown, err, most.Load())
		}
	})
}

func TestNothingMoreIsBegunWhenTheServerIsAway(t *testing.T) {
	var out bytes.Buffer
	e := &Env{Stderr: &out}
	sum := newTally(e)
	var asked atomic.Int64
	err := several(t.Context(), ids(50), 4, func(context.Context, string) (int, error) {
		asked.Add(1)
		return 0, &client.Error{HTTPStatus: 502, Message: "Bad Gateway"}
	}, func(id string, _ int, err error) error { return sum.failed(t.Context(), id, err) })
	if err != nil || asked.Load() > 4 {
		t.Errorf("error %v, %d were asked for", err, asked.Load())
	}
	err = sum.end(t.Context(), "status")
	ended, ok := errors.AsType[*ExitError](err)
	if !ok || ended.Code != ExitServer || ended.What != "" {
		t.Errorf("got %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 || lines[0] != "claimcheck: HTTP 502: Bad Gateway" || !strings.HasPrefix(lines[1], "claimcheck: not done: 0000000") {
		t.Errorf("got %q", lines)
	}
	for _, id := range ids(50)[4:] {
		if !strings.Contains(lines[1], id) {
			t.Errorf("%s is not told: %s", id, lines[1])
		}
	}
}

func TestAnInterruptedCommandSaysHowToGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	sum := newTally(&Env{Stderr: &out})
	all := ids(9)
	err := several(ctx, all, 1, func(ctx context.Context, id string) (int, error) {
		if id == all[3] {
			cancel()
			return 0, ctx.Err()
		}
		return 1, nil
	}, func(id string, _ int, err error) error {
		if err == nil {
			return nil
		}
		return sum.failed(ctx, id, err)
	})
	if err != nil || out.Len() > 0 {
		t.Fatalf("error %v, %q", err, out.String())
	}
	ended, ok := errors.AsType[*ExitError](sum.end(ctx, "wait"))
	if want := "interrupted; to go on: claimcheck wait " + strings.Join(all[3:], " "); !ok || ended.Code != ExitInterrupted || ended.What != want {
		t.Errorf("got %+v, want %s", ended, want)
	}
}

func TestAnOutputThatTakesNoMoreEndsTheCommand(t *testing.T) {
	var asked atomic.Int64
	full := errors.New("broken pipe")
	err := several(t.Context(), ids(100), 2, func(context.Context, string) (int, error) {
		asked.Add(1)
		return 0, nil
	}, func(string, int, error) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v, %d asked", err, asked.Load())
	}
}

func TestAnIDIsCheckedBeforeAnythingIsAsked(t *testing.T) {
	good := ids(1)[0]
	for _, bad := range []string{"", "x", good + "0", good[1:], strings.ReplaceAll(good, "-", ""), good + "\x1b[2J", "0000000g-0000-7000-8000-000000000000"} {
		err := checkIDs("cancel", []string{good, bad})
		ended, ok := errors.AsType[*ExitError](err)
		if !ok || ended.Code != ExitUsage || !strings.Contains(ended.What, "nothing was done") || strings.Contains(ended.What, "\x1b") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	if err := checkIDs("cancel", []string{good, "0199A1B2-C3D4-7e5f-8A9B-0c1d2e3f4a5b"}); err != nil {
		t.Error(err)
	}
	if err := checkIDs("cancel", nil); err == nil {
		t.Error("no id: want an error")
	}
}
