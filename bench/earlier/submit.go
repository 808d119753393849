package earlier

import (
	"context"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// submit is how many jobs a second are accepted, durably, while none is worked
// on.
var submit = Row{
	Name: "submit", text: table.Rate,
	about: func(*rig.Rig) string { return fmt.Sprintf("durable submit, %d connections", rig.Clients) },
	open: func(ctx context.Context, b *build) (measure, error) {
		if err := b.serve(ctx, "--workers=0"); err != nil {
			return nil, err
		}
		l, err := b.SubmitLoad(b.server.Key)
		return b.loaded(l), err
	},
}
