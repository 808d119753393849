package intake

import (
	"context"
	"fmt"

	"claimcheck/internal/fault"
)

// Late is why an order cannot be accepted any more, though it could once: a time that
// it names has passed. Invalid INVALID_OPTION; nil if none has.
func (o *Order) Late() error { return o.About.late }

// Check judges the order's input by the input schema of its tool, if it has one
// and the input came with the request; what is elsewhere is judged when it is read.
// It refuses an order whose times have passed, too: one that is sent again was accepted
// before they had. Failures: Invalid INVALID_OPTION, INVALID_INPUT with the detail errors, INVALID_JSON and
// INVALID_ENCODING with line and column, TooLarge PAYLOAD_TOO_LARGE, and
// Invalid INVALID_REQUEST where the client left before.
func (in *Intake) Check(ctx context.Context, o *Order) error {
	if err := o.Late(); err != nil {
		return err
	}
	if o.Spec.CheckInput == nil || o.Source != FromBody {
		return nil
	}
	r, err := o.Input.Open()
	if err != nil {
		return fmt.Errorf("open input: %w", err)
	}
	defer r.Close()
	err = o.Spec.CheckInput(ctx, r)
	switch is := fault.Of(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fault.New(fault.Invalid, CodeInvalidRequest, "The client left before its input was checked.").Because(err)
	case is != nil && is.Kind == fault.TooLarge:
		refused := *is
		refused.Code = "PAYLOAD_TOO_LARGE"
		return &refused
	default:
		return err
	}
}
