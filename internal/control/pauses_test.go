package control_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"claimcheck/internal/control"
	"claimcheck/internal/fault"
	"claimcheck/internal/pause"
)

func (f *fakeOperator) SetPaused(_ context.Context, kind pause.Kind, name string, paused bool) (bool, error) {
	if name == "" {
		return false, fault.New(fault.NotFound, "NOT_FOUND", "no tool")
	}
	f.asked = append(f.asked, fmt.Sprint(kind, " ", name, " ", paused))
	return paused, nil
}

func (f *fakeOperator) Pauses(context.Context) ([]pause.Pause, error) {
	return []pause.Pause{{Kind: pause.Owner, Name: "ann", Since: time.UnixMilli(1500), By: "ops"}}, nil
}

func (f *fakeOperator) PurgeTool(_ context.Context, tool, owner string, dry bool) (control.Purged, error) {
	f.asked = append(f.asked, fmt.Sprint("purge ", tool, " ", owner, " ", dry))
	return control.Purged{Matched: 3, Ended: 2, Left: 1}, nil
}

func TestToolsAndOwnersAreStopped(t *testing.T) {
	dir, op := t.TempDir(), &fakeOperator{}
	wait, err := control.Serve(t.Context(), dir, op)
	if err != nil {
		t.Fatal(err)
	}
	defer wait()
	c, ctx := control.Dial(dir), t.Context()
	if changed, err := c.SetPaused(ctx, pause.Tool, "x", true); err != nil || !changed {
		t.Errorf("pause: %t, %v", changed, err)
	}
	if changed, err := c.SetPaused(ctx, pause.Owner, "ann", false); err != nil || changed {
		t.Errorf("resume: %t, %v", changed, err)
	}
	if _, err := c.SetPaused(ctx, pause.Tool, "", true); !fault.IsCode(err, "NOT_FOUND") || fault.KindOf(err) != fault.NotFound {
		t.Errorf("a refusal arrives as %v", err)
	}
	all, err := c.Pauses(ctx)
	if err != nil || len(all) != 1 || all[0].Kind != pause.Owner || all[0].By != "ops" || all[0].Since.UnixMilli() != 1500 {
		t.Errorf("pauses: %+v, %v", all, err)
	}
	if got, err := c.PurgeTool(ctx, "x", "ann", true); err != nil || got != (control.Purged{Matched: 3, Ended: 2, Left: 1}) {
		t.Errorf("purge: %+v, %v", got, err)
	}
	if want := []string{"tool x true", "owner ann false", "purge x ann true"}; !slices.Equal(op.asked, want) {
		t.Errorf("asked %q, want %q", op.asked, want)
	}
}
