package rows

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sharedTwo compares one server with two on the same database, each loaded by
// half of the connections.
func sharedTwo(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	return onFresh(ctx, b, "api", func(first *rig.Server, db string) (_ []table.Line, err error) {
		second, err := b.ServeShared(ctx, db, "api")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, second.Stop()) }()
		ids, err := first.SubmitMany(ctx, b.Few)
		if err != nil {
			return nil, err
		}
		file, err := b.WriteIDs("two", ids)
		if err != nil {
			return nil, err
		}
		status := func(connections int) (rig.Load, error) { return b.StatusLoad("two", file, first.Key, connections) }
		submit := func(connections int) (rig.Load, error) {
			l, err := b.SubmitLoad(first.Key)
			l.Connections = connections
			return l, err
		}
		var lines []table.Line
		for _, c := range []struct {
			what string
			load func(int) (rig.Load, error)
		}{{"status reads", status}, {"submits", submit}} {
			l, err := oneAndTwo(ctx, b, c.what, c.load, first, second)
			if err != nil {
				return lines, err
			}
			lines = append(lines, l)
		}
		return lines, nil
	})
}

// oneAndTwo loads one server with 1, 8 and all connections, then two with as
// many each half.
func oneAndTwo(ctx context.Context, b *rig.Rig, what string, newLoad func(int) (rig.Load, error), first, second *rig.Server) (table.Line, error) {
	var curve strings.Builder
	var one, two float64
	for _, connections := range []int{2, 8, rig.Clients} {
		whole, err := newLoad(connections)
		if err != nil {
			return table.Line{}, err
		}
		half, err := newLoad(connections / 2)
		if err != nil {
			return table.Line{}, err
		}
		got, err := whole.Run(ctx, first.URL, b.Round)
		if err != nil {
			return table.Line{}, err
		}
		one = got.PerSecond
		rates := [2]float64{}
		err = rig.AtOnce(2, 2, func(i int) error {
			s, err := half.Run(ctx, []*rig.Server{first, second}[i].URL, b.Round)
			rates[i] = s.PerSecond
			return err
		})
		if err != nil {
			return table.Line{}, err
		}
		two = rates[0] + rates[1]
		_, _ = fmt.Fprintf(&curve, "%d connections: %s and %s; ", connections, table.Rate(one), table.Rate(two)) // into memory
		b.Say("  %s, %d connections: one server %.0f/s, two %.0f/s", what, connections, one, two)
	}
	return table.Line{
		What: "PostgreSQL: " + what + " at one server and at two, all on the same cores", Ours: table.Rate(two), Other: table.Rate(one),
		Result: fmt.Sprintf("%.2f", two/one), Spread: curve.String(),
	}, nil
}
