package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/foreign"
)

const (
	listed   = 50  // jobs that are listed where nobody says how many
	maxPage  = 200 // jobs in one answer of the server
	together = 50  // lines of a table that have columns of the same width
)

// A list is what the command jobs is asked for.
type list struct {
	server
	filter

	limit  int // 0: all
	asJSON bool
	quiet  bool
}

// Jobs is the command that lists jobs.
func Jobs(e *Env) *cobra.Command {
	var l list
	cmd := &cobra.Command{
		Use:   "jobs [FILTERS] [--limit N] [--json]",
		Short: "list jobs, newest first",
		Long: `Lists the jobs of the key's owner that are kept, newest first: those that pass all
filters, and of one that is given several times one value. Why an unfinished job waits
is told by claimcheck status.

It exits with 3 if the server refused to answer, with 4 if it could not be asked; that a
listed job has failed is no failure of the list.

--json prints for each job one line, in the form of GET /jobs/{job_id}?view=full, as
far as lists tell that. --quiet prints the IDs alone.`,
		Example: `  claimcheck jobs --status failed --since 24h
  claimcheck jobs --tool csv-to-json --metadata customer=42 --limit 0 --json
  claimcheck jobs --error TIMEOUT --since 2026-11-28 --quiet | xargs claimcheck retry`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return UsageError("jobs takes no arguments, but filters; claimcheck status ID tells of one job")
			}
			if l.limit < 0 {
				return UsageError("--limit: it is a number of jobs, or 0 for all")
			}
			if l.asJSON && l.quiet {
				return UsageError("--json and --quiet are two forms: leave one out")
			}
			which, err := l.read(time.Now())
			if err != nil {
				return err
			}
			c, err := l.client("jobs", e)
			if err != nil {
				return err
			}
			return l.print(cmd.Context(), c.List(cmd.Context(), which.ofList(l.limit)), e)
		},
	}
	l.server.addTo(cmd, e)
	l.filter.addTo(cmd)
	l.completeFilter(cmd, e)
	cmd.Flags().IntVar(&l.limit, "limit", listed, "List at most so many jobs; 0 is all.")
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "Print for each job one line, in the form of GET /jobs/{job_id}?view=full.")
	cmd.Flags().BoolVarP(&l.quiet, "quiet", "q", false, "Print the IDs alone, one a line.")
	return cmd
}

// addTo makes the flags of a filter.
func (f *filter) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.status, "status", nil, "Only jobs with this `STATUS`: queued, processing, success or failed; may be given several times.")
	flags.StringArrayVar(&f.tool, "tool", nil, "Only jobs of this tool `NAME`; may be given several times.")
	flags.StringVar(&f.group, "group", "", "Only jobs of this `GROUP`.")
	flags.StringArrayVar(&f.code, "error", nil, "Only jobs that failed with this `CODE`, for instance TIMEOUT; may be given several times.")
	flags.StringArrayVar(&f.metadata, "metadata", nil, "Only jobs with this metadata, `NAME=VALUE`; may be given several times, for several names.")
	flags.StringVar(&f.since, "since", "", "Only jobs accepted after this `TIME`: how long ago (90m, 24h, 7d), a moment (2026-11-28, 2026-11-28T14:00:00Z), or Unix seconds.")
	flags.StringVar(&f.before, "before", "", "Only jobs accepted before this `TIME`.")
}

// ofList is the filter of a list of so many jobs, 0 for all.
func (c *choice) ofList(limit int) client.Filter {
	page := maxPage
	if limit > 0 {
		page = min(limit+1, maxPage) // one more tells whether there are more
	}
	f := client.Filter{Status: c.status, Tool: c.tool, Error: c.code, Group: c.group, Metadata: c.metadata, PageSize: page}
	if c.after > 0 {
		f.CreatedAfter = time.Unix(c.after, 0)
	}
	if c.before > 0 {
		f.CreatedBefore = time.Unix(c.before, 0)
	}
	return f
}

// print prints jobs as they come, and on stderr whether there are more.
func (l *list) print(ctx context.Context, jobs iter.Seq2[client.Full, error], e *Env) error {
	var t table
	n, more := 0, false
	for is, err := range jobs {
		if err != nil {
			return errors.Join(t.flush(e.Stdout), ended(ctx, err))
		}
		if more = l.limit > 0 && n == l.limit; more {
			break
		}
		n++
		switch {
		case l.quiet:
			_, err = fmt.Fprintln(e.Stdout, foreign.Text(is.JobID))
		case l.asJSON:
			err = printLine(e.Stdout, &is)
		default:
			err = t.add(e.Stdout, &is)
		}
		if err != nil {
			return err
		}
	}
	if err := t.flush(e.Stdout); err != nil {
		return err
	}
	if more && !l.quiet {
		_, err := fmt.Fprintf(e.Stderr, "claimcheck: there are more than %d; --limit lists more, 0 all\n", l.limit)
		return err
	}
	return nil
}

// A table of jobs, some lines of which are printed at a time, so that a long list
// begins at once.
type table struct {
	rows   []client.Full
	headed bool
}

func (t *table) add(w io.Writer, is *client.Full) error {
	t.rows = append(t.rows, *is)
	if len(t.rows) < together {
		return nil
	}
	return t.flush(w)
}

func (t *table) flush(w io.Writer) error {
	if len(t.rows) == 0 {
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var err error
	if !t.headed {
		t.headed = true
		_, err = fmt.Fprintln(out, "ID\tSTATUS\tTOOL\tACCEPTED\t")
	}
	for i := range t.rows {
		is := &t.rows[i]
		more := ""
		if is.Status.Status != "queued" { // lists do not tell why it waits
			more = howItIs(&is.Status, &is.FullJob)
		}
		_, rowErr := fmt.Fprintf(out, "%v\t%v\t%v\t%s\t%s\n", foreign.Text(is.JobID), foreign.Text(is.Status.Status), foreign.Text(is.Tool), moment(is.CreatedAt, time.Local), more)
		err = errors.Join(err, rowErr)
	}
	t.rows = t.rows[:0]
	return errors.Join(err, out.Flush())
}
