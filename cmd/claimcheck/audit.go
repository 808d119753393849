package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/internal/account"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/foreign"
	"claimcheck/internal/routes/admin"
)

const (
	auditRows    = 100     // that are shown
	maxAuditRows = 100_000 // the same, at most
)

// audit shows what operators changed.
func audit(e *cli.Env) *cobra.Command {
	asJSON, since, limit := false, time.Duration(0), auditRows
	return operatorCommand{
		use: "audit [--since 24h] [--limit 100] [--json]", short: "show what operators changed", example: "  claimcheck audit --since 24h --json",
		own: []config.Flag{
			durationFlag("since", "Only what was changed in this time, for instance 24h.", &since),
			{Name: "limit", Form: "NUMBER", Doc: "How many rows are shown, the newest. Default: 100.", Set: func(v string) (err error) {
				if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > maxAuditRows {
					return fmt.Errorf("it must be a whole number from 1 to %d", maxAuditRows)
				}
				return nil
			}},
			switchFlag("json", "Print one JSON object a line.", &asJSON),
		},
		do: func(ctx context.Context, op control.Operator, _ string) error {
			var from time.Time
			if since > 0 {
				from = time.Now().Add(-since)
			}
			rows, err := op.Audit(ctx, from, limit)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printAuditJSON(e.Stdout, rows)
			default:
				return printAudit(e.Stdout, rows)
			}
		},
	}.command(e)
}

func printAuditJSON(w io.Writer, rows []account.AuditRow) error {
	to := json.NewEncoder(w)
	for i := range rows {
		if err := to.Encode(admin.WireRow(&rows[i])); err != nil {
			return fmt.Errorf("print audit: %w", err)
		}
	}
	return nil
}

func printAudit(w io.Writer, rows []account.AuditRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "AT\tKEY\tOWNER\tACTION\tTARGET\tREQUEST")
	for i := range rows {
		r := &rows[i]
		_, e := fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", moment(r.At), r.Key, cmp.Or(r.Owner, "-"), r.Action,
			foreign.Text(cmp.Or(r.Target, "-")), foreign.Text(cmp.Or(r.RequestID, "-")))
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}
