package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"claimcheck/bench/rig"
)

// riverRates is what River reaches on the same cluster.
type riverRates struct {
	Inserts float64 `json:"inserts_per_second"`
	Jobs    float64 `json:"jobs_per_second"`
}

// river builds River's side once and runs it on an empty database.
func river(ctx context.Context, b *rig.Rig) (r riverRates, err error) {
	program := filepath.Join(b.Dir, "river")
	if _, err := os.Stat(program); err != nil {
		build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // our own program
		build.Dir = filepath.Join("bench", "river")
		if out, err := build.CombinedOutput(); err != nil {
			return r, fmt.Errorf("build River's side: %w: %s", err, out)
		}
	}
	db, err := b.Database(ctx, "bench_river", false)
	if err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, program, "--url", db, "--span", b.Round.String(), "--callers", fmt.Sprint(rig.Clients)) //nolint:gosec // our own program
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("run River's side: %w", err)
	}
	return r, json.Unmarshal(out, &r)
}
