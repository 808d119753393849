package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// settleTime is how long a server is left alone before its memory is read.
const settleTime = 3 * time.Second

// idleMemory measures what a server that does nothing occupies, on an empty
// folder and on a full one.
func idleMemory(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 40e6
	empty, err := b.NewFolder()
	if err != nil {
		return nil, err
	}
	full, err := b.StoredJobs(ctx, b.Stored)
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, c := range []struct{ name, data string }{
		{"empty folder", empty},
		{fmt.Sprintf("%d jobs stored", b.Stored), full.Data},
	} {
		resident, err := residentIdle(ctx, b, c.data)
		if err != nil {
			return lines, err
		}
		l := table.Line{What: "idle memory, " + c.name, Ours: table.Megabytes(resident), Result: table.Megabytes(resident)}
		lines = append(lines, l.Judged(resident < most, "< "+table.Megabytes(most)))
	}
	return lines, nil
}

func residentIdle(ctx context.Context, b *rig.Rig, data string) (bytes int64, err error) {
	p, err := b.Start(ctx, data)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	time.Sleep(settleTime)
	return p.Memory("VmRSS")
}
