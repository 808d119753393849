package intake_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// picky is a tool that takes at most 15 bytes, and of these only what has no x.
type picky struct{ echo }

func (p picky) Spec() tool.Spec {
	s := p.echo.Spec()
	s.MaxBytes, s.JSONInput = 15, true
	s.CheckInput = func(ctx context.Context, r io.Reader) error {
		text, err := io.ReadAll(r)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case strings.Contains(string(text), "many"):
			return fault.New(fault.TooLarge, "FILE_TOO_LARGE", "Too many.").With("limit", 1)
		case strings.Contains(string(text), "x"):
			return fault.New(fault.Invalid, "INVALID_INPUT", "It has an x.")
		}
		return nil
	}
	return s
}

func TestAnInputIsCheckedByItsToolsSchema(t *testing.T) {
	in := newIntake(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, c := range []struct {
		source, input string
		ctx           context.Context //nolint:containedctx // of one case
		code          string
	}{
		{"body", "good", t.Context(), ""},
		{"body", "xx", t.Context(), "INVALID_INPUT"},
		{"body", "many", t.Context(), "PAYLOAD_TOO_LARGE"},
		{"body", strings.Repeat("a", 15), t.Context(), ""},
		{"body", strings.Repeat("a", 16), t.Context(), "PAYLOAD_TOO_LARGE"},
		{"body", "good", gone, "INVALID_REQUEST"},
		{"url", "https://example.test/x.txt", t.Context(), ""},                                      // when it is read
		{"file", "ann/upl_" + strings.Repeat("0", 32) + "/x.txt", t.Context(), "PAYLOAD_TOO_LARGE"}, // it has 20 bytes
	} {
		r := request()
		r.Tool, r.Source = picky{}, c.source
		o, err := in.Begin(r)
		if err != nil {
			t.Fatal(err)
		}
		if o.Source == intake.FromBody {
			err = in.Take(c.ctx, o, text(c.input))
		} else {
			err = in.Name(o, c.input, nil)
		}
		if err == nil {
			err = errors.Join(in.Check(c.ctx, o), in.Bind(c.ctx, o))
		}
		if c.code == "" && err != nil || c.code != "" && !fault.IsCode(err, c.code) {
			t.Errorf("%s %s: %v, want %q", c.source, c.input, err, c.code)
		}
	}
}
