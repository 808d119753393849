package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// Bulk are the commands that do one thing with many jobs.
func Bulk(e *Env) *cobra.Command {
	return Family("bulk", "cancel, repeat or remove all jobs that pass a filter",
		"  claimcheck bulk cancel --status queued --tool csv-to-json --dry-run\n  claimcheck bulk retry --error TIMEOUT --since 24h",
		bulk(e, "cancel", "stop all unfinished jobs that pass a filter", "--status queued --tool csv-to-json"),
		bulk(e, "retry", "do the work of all finished jobs that pass a filter again", "--error TIMEOUT --since 24h"),
		bulk(e, "delete", "remove all jobs that pass a filter, with their inputs and outputs", "--status success --before 7d"),
		oneBulk(e, "status", "ask how far a bulk is", "Asks once how far a bulk is.", (*client.Client).Bulk),
		oneBulk(e, "end", "end a bulk before it is over", "Ends a bulk. What was done stays done; the jobs that are left stay as they are.", (*client.Client).EndBulk))
}

// A bulkOrder is what one of these commands is asked for.
type bulkOrder struct {
	server
	filter

	action string
	ids    []string
	all    bool
	dry    bool
	yes    bool
	asJSON bool
	quiet  bool
}

func bulk(e *Env, action, short, example string) *cobra.Command {
	b := bulkOrder{action: action}
	cmd := &cobra.Command{
		Use:   action + " [FILTERS] [--dry-run] [--yes]",
		Short: short,
		Long: `Counts the jobs that pass all filters, asks whether they are meant, and does it with
them on the server; then waits until that is over. Which jobs they are is fixed at the
beginning; those with which it cannot be done are skipped, and told. Where nobody can be
asked --yes is needed; --dry-run only counts.

It exits with 0 when it is over, with 1 where the answer was no or it was ended before,
with 3 if the server refused, with 4 if it could not be asked, with 130 after Ctrl-C: the
server goes on with what it has begun, until claimcheck bulk end.

--json prints the last state in the form of GET /bulk/{id} on one line; with --dry-run
{"matched"}.`,
		Example: "  claimcheck bulk " + action + " " + example + " --dry-run\n  claimcheck bulk " + action + " " + example + " --yes --json",
		RunE: func(cmd *cobra.Command, ids []string) error {
			b.ids = ids
			order, err := b.order(time.Now())
			if err != nil {
				return err
			}
			c, err := b.client(Path(cmd), e)
			if err != nil {
				return err
			}
			return b.run(cmd.Context(), c, order, e)
		},
	}
	b.server.addTo(cmd, e)
	b.filter.addTo(cmd)
	b.completeFilter(cmd, e)
	cmd.Flags().BoolVar(&b.all, "all", false, "All jobs are meant: there is no filter.")
	cmd.Flags().BoolVar(&b.dry, "dry-run", false, "Only count the jobs.")
	cmd.Flags().BoolVar(&b.yes, "yes", false, "Do not ask.")
	cmd.Flags().BoolVar(&b.asJSON, "json", false, "Print the last state in the form of GET /bulk/{id} on one line.")
	cmd.Flags().BoolVar(&b.quiet, "quiet", false, "Show no progress on the terminal.")
	return cmd
}

// order is the request's body.
func (b *bulkOrder) order(now time.Time) (api.NewBulk, error) {
	order := api.NewBulk{Action: b.action, All: b.all}
	if len(b.ids) > 0 {
		return order, UsageError("bulk %s takes filters; claimcheck %s ID... is for jobs that are named", b.action, b.action)
	}
	which, err := b.read(now)
	switch {
	case err != nil:
		return order, err
	case which.empty() && !b.all:
		return order, UsageError("bulk %s needs a filter, such as --status or --tool; --all means all jobs", b.action)
	case !which.empty() && b.all:
		return order, UsageError("--all means all jobs: leave the filters out")
	}
	order.Filter = api.BulkFilter{
		Status: which.status, Tool: which.tool, Error: which.code, Group: which.group, Metadata: which.metadata,
		CreatedAfter: which.after, CreatedBefore: which.before,
	}
	return order, nil
}

func (b *bulkOrder) run(ctx context.Context, c *client.Client, order api.NewBulk, e *Env) error {
	matched, err := c.CountBulk(ctx, order)
	switch {
	case err != nil:
		return ended(ctx, err)
	case b.dry && b.asJSON:
		return printLine(e.Stdout, &api.BulkCount{Matched: matched})
	case b.dry:
		_, err := fmt.Fprintf(e.Stdout, "%s; nothing was done\n", jobsText(matched))
		return err
	}
	if err := b.confirm(ctx, matched, e); err != nil {
		return err
	}
	begun, err := c.BeginBulk(ctx, order)
	if err != nil {
		return ended(ctx, err)
	}
	is, err := b.wait(ctx, c, &begun, e)
	if ctx.Err() != nil {
		return &ExitError{ExitInterrupted, fmt.Sprintf("interrupted; the server goes on; claimcheck bulk status %v tells how far it is, claimcheck bulk end %v ends it", foreign.Text(begun.BulkID), foreign.Text(begun.BulkID))}
	}
	if err != nil {
		return ended(ctx, err)
	}
	return b.print(e, &is)
}

// confirm asks on the terminal whether so many jobs are meant.
func (b *bulkOrder) confirm(ctx context.Context, matched int64, e *Env) error {
	if b.yes || matched == 0 {
		return nil
	}
	answer, err := terminal.Ask(ctx, e.Stdin, e.Stderr, fmt.Sprintf("%s %s? [y/N] ", b.action, jobsText(matched)))
	switch {
	case ctx.Err() != nil:
		return &ExitError{ExitInterrupted, "interrupted; nothing was done"}
	case err != nil:
		return err
	case !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes"):
		return &ExitError{ExitFailed, "nothing was done; --yes is for where nobody can be asked"}
	}
	return nil
}

// wait waits until a bulk is over, and shows how far it is.
func (b *bulkOrder) wait(ctx context.Context, c *client.Client, begun *api.BulkBegun, e *Env) (api.Bulk, error) {
	bars := terminal.NewBars(e.Stderr, b.quiet)
	defer bars.Close()
	bar := bars.Add(b.action, "", terminal.Things)
	bar.Set(0, begun.Matched)
	if bars == nil {
		return c.WaitBulk(ctx, begun.BulkID)
	}
	for {
		is, err := c.Bulk(ctx, begun.BulkID)
		if err != nil || is.Status != "processing" {
			return is, err
		}
		bar.Set(is.Done+is.SkippedCount, is.Matched)
		select {
		case <-ctx.Done():
			return is, ctx.Err()
		case <-time.After(time.Duration(max(is.RetryAfter, 1)) * time.Second):
		}
	}
}

// print tells how a bulk has ended.
func (b *bulkOrder) print(e *Env, is *api.Bulk) error {
	if b.asJSON {
		if err := printLine(e.Stdout, is); err != nil {
			return err
		}
	} else if err := b.tell(e, is); err != nil {
		return err
	}
	if is.Status == "ended" {
		return &ExitError{Code: ExitFailed}
	}
	return nil
}

func (b *bulkOrder) tell(e *Env, is *api.Bulk) error {
	text := fmt.Sprintf("%v: %d of %s", foreign.Text(is.Action), is.Done, jobsText(is.Matched))
	switch is.Status {
	case "ended":
		text += ", and was ended then"
	case "processing":
		text += " so far"
	}
	if _, err := fmt.Fprintln(e.Stdout, text); err != nil {
		return err
	}
	for _, s := range is.Skipped {
		if _, err := fmt.Fprintf(e.Stderr, "claimcheck: skipped %v: %v\n", foreign.Text(s.JobID), foreign.Text(s.Code)); err != nil {
			return err
		}
	}
	if more := is.SkippedCount - int64(len(is.Skipped)); more > 0 {
		_, err := fmt.Fprintf(e.Stderr, "claimcheck: and %d more were skipped\n", more)
		return err
	}
	return nil
}

// jobsText is a number of jobs in words.
func jobsText(n int64) string {
	if n == 1 {
		return "1 job"
	}
	return fmt.Sprintf("%d jobs", n)
}

// oneBulk is a command about a bulk that was begun before.
func oneBulk(e *Env, name, short, long string, do func(c *client.Client, ctx context.Context, id string) (api.Bulk, error)) *cobra.Command {
	var b bulkOrder
	cmd := &cobra.Command{
		Use:   name + " ID",
		Short: short,
		Long: long + `

It exits with 3 if the server refused, with 4 if it could not be asked. --json prints the
answer of GET /bulk/{id} on one line.`,
		Example: "  claimcheck bulk " + name + " 01997f3e-5b80-7c41-9d02-6f1a8be3d274",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if len(ids) != 1 || !idForm.MatchString(ids[0]) {
				return UsageError("bulk %s needs the ID of a bulk, 32 hexadecimal digits written as 8-4-4-4-12", name)
			}
			c, err := b.client(Path(cmd), e)
			if err != nil {
				return err
			}
			is, err := do(c, cmd.Context(), ids[0])
			switch {
			case err != nil:
				return ended(cmd.Context(), err)
			case b.asJSON:
				return printLine(e.Stdout, &is)
			}
			return b.tell(e, &is)
		},
	}
	b.server.addTo(cmd, e)
	cmd.Flags().BoolVar(&b.asJSON, "json", false, "Print the answer of GET /bulk/{id} on one line.")
	return cmd
}
