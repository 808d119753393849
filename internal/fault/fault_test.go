package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"claimcheck/internal/fault"
)

func TestAWrappedFaultIsFound(t *testing.T) {
	f := fault.New(fault.Invalid, "INVALID_JSON", "line %d", 2)
	err := fmt.Errorf("run tool: %w", f)
	if fault.KindOf(err) != fault.Invalid || !fault.Is(err, fault.Invalid) || !fault.IsCode(err, "INVALID_JSON") || fault.Of(err) != f {
		t.Errorf("not found in %v", err)
	}
	if fault.KindOf(io.EOF) != fault.Internal || fault.Is(io.EOF, fault.Internal) || fault.Of(nil) != nil {
		t.Error("a failure without a kind is ours, and is no fault")
	}
}

func TestCopiesLeaveTheOriginal(t *testing.T) {
	f := fault.New(fault.Limited, "RATE_LIMITED", "slow down")
	g := f.With("limit", 1).After(time.Second).Because(io.ErrClosedPipe)
	h := g.With("other", 2)
	if len(f.Details) != 0 || f.RetryAfter != 0 || f.Cause != nil || len(g.Details) != 1 || len(h.Details) != 2 {
		t.Errorf("f %+v, g %+v, h %+v", f, g, h)
	}
	if !errors.Is(h, io.ErrClosedPipe) {
		t.Error("the cause is not found")
	}
}
