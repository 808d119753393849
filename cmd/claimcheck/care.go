package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/internal/care"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
)

// backup copies everything to a folder, while the server serves.
func backup(e *cli.Env) *cobra.Command {
	return operatorCommand{
		use: "backup DEST", short: "copy everything to a new folder, also while the server serves", example: "  claimcheck backup /backups/2026-11-28", operand: "DEST",
		do: func(ctx context.Context, op control.Operator, dest string) error {
			c, err := op.Backup(ctx, dest)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "copied the database and %d files (%d bytes) to %s\n", c.Files, c.Bytes, dest)
			if err == nil && c.Missing > 0 {
				err = fmt.Errorf("%d files that the database names were missing already; claimcheck doctor lists them", c.Missing)
			}
			return err
		},
	}.command(e)
}

var errUnhealthy = errors.New("not everything is in order")

// doctor compares the database with the files, and its leases with those who work.
func doctor(e *cli.Env) *cobra.Command {
	repair, asJSON := false, false
	return operatorCommand{
		use: "doctor [--repair] [--json]", short: "compare the database with the files, and its leases with those who work", example: "  claimcheck doctor --repair",
		own: []config.Flag{
			switchFlag("repair", "Remove files without a row, and rows that are no use without their file; count groups anew.", &repair),
			switchFlag("json", "Print the report as JSON.", &asJSON),
		},
		do: func(ctx context.Context, op control.Operator, _ string) error {
			r, err := op.Doctor(ctx, repair)
			if err != nil {
				return err
			}
			if err := report(e, &r, asJSON); err != nil || r.Healthy() {
				return err
			}
			return errUnhealthy
		},
	}.command(e)
}

func report(e *cli.Env, r *care.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(e.Stdout).Encode(r)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d files are named by rows; %d of them are missing, %d rows removed\n", r.Files, r.Missing, r.Dropped)
	for _, key := range r.Lost {
		fmt.Fprintf(&b, "  missing  %s\n", key)
	}
	fmt.Fprintf(&b, "%d files have no row, %d removed\n", r.Orphans, r.Removed)
	for _, key := range r.Orphan {
		fmt.Fprintf(&b, "  no row   %s\n", key)
	}
	fmt.Fprintf(&b, "%d leases are held, %d of them by nobody who works; %d jobs are counted as running\n", r.Leases, r.Stuck, int64(r.Leases)+r.Miscounted)
	for _, lease := range r.Idle {
		fmt.Fprintf(&b, "  stuck    %s\n", lease)
	}
	fmt.Fprintf(&b, "%d groups count other jobs than there are, %d counted anew\n", r.Groups, r.Recounted)
	for _, group := range r.Wrong {
		fmt.Fprintf(&b, "  group    %s\n", group)
	}
	_, err := fmt.Fprint(e.Stdout, b.String())
	return err
}
