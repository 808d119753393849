package earlier

import (
	"context"
	"errors"
	"fmt"
	"os"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const tinyCache = "--cache-bytes=64KiB"

// statusCold is how many statuses are told a second that each read the store.
var statusCold = Row{
	Name: "status cold", text: table.Rate, embedded: true,
	about: func(b *rig.Rig) string {
		return fmt.Sprintf("status, cold: random ones of %d stored jobs, %d connections", b.Stored, pollers)
	},
	open: func(ctx context.Context, b *build) (measure, error) {
		f, err := b.serveStored(ctx, b.Stored)
		if err != nil {
			return nil, err
		}
		return b.statuses(f.IDFile)
	},
}

// serveStored starts the build's server on a folder with n finished jobs. Each
// build has a copy of its own.
func (b *build) serveStored(ctx context.Context, n int) (rig.Folder, error) {
	f, err := b.StoredJobs(ctx, n)
	if err != nil {
		return f, err
	}
	original := f.Data
	f.Data += "-" + b.name
	if err := errors.Join(os.RemoveAll(f.Data), os.CopyFS(f.Data, os.DirFS(original))); err != nil {
		return f, fmt.Errorf("copy the folder of stored jobs: %w", err)
	}
	b.server, err = b.Serve(ctx, f.Data, tinyCache, "--workers=0")
	return f, err
}
