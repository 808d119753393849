package groups

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/cli"
)

type feed struct {
	cli.Server

	filter     client.Filter
	cursor     string
	cursorFile string
}

// Feed is the command that tells of jobs as they end.
func Feed(e *cli.Env) *cobra.Command {
	var f feed
	cmd := &cobra.Command{
		Use:   "feed [--cursor-file FILE] [FILTERS]",
		Short: "print jobs as they end, in the order of their ends",
		Long: `Prints the key's owner's jobs as they end, one line of JSON each, in the form of GET
/jobs/{job_id}?view=full, until it is interrupted. It begins now, or where --cursor-file
or --cursor says.

With --cursor-file it goes on where it was, also after it was killed: the file has the
cursor after the jobs that were printed, and is written when they are. A kill between the
two prints some jobs again; none is left out as long as jobs are kept.

It exits with 3 if the server refused, with 4 if it could not be asked, with 130 when it
is interrupted.`,
		Example: "  claimcheck feed --cursor-file feed.cursor | while read -r job; do echo \"$job\" | jq -r .job_id; done",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("feed takes no arguments, but filters")
			}
			if f.cursor != "" && f.cursorFile != "" {
				return cli.UsageError("--cursor and --cursor-file are two ways to say the same: leave one out")
			}
			return f.run(cmd, e)
		},
	}
	f.AddTo(cmd, e)
	flags := cmd.Flags()
	flags.StringVar(&f.cursorFile, "cursor-file", "", "Go on after the cursor in this `FILE`, and keep the last one there. It is made if it is not there.")
	flags.StringVar(&f.cursor, "cursor", "", "Go on after this cursor.")
	flags.StringSliceVar(&f.filter.Status, "status", nil, "Only jobs with this status, success or failed; may be given several times.")
	flags.StringSliceVar(&f.filter.Tool, "tool", nil, "Only jobs of this tool; may be given several times.")
	flags.StringSliceVar(&f.filter.Error, "error", nil, "Only jobs that failed with this code; may be given several times.")
	flags.StringVar(&f.filter.Group, "group", "", "Only jobs of this group.")
	return cmd
}

func (f *feed) run(cmd *cobra.Command, e *cli.Env) error {
	ctx, cursor := cmd.Context(), f.cursor
	if f.cursorFile != "" {
		text, err := os.ReadFile(f.cursorFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read the cursor: %w", err)
		}
		cursor = strings.TrimSpace(string(text))
	}
	c, err := f.Client("feed", e)
	if err != nil {
		return err
	}
	for page, err := range c.Feed(ctx, cursor, f.filter) {
		if err != nil {
			return cli.Ended(ctx, err)
		}
		if err := cli.PrintLines(e.Stdout, page.Jobs); err != nil {
			return err
		}
		if err := f.keep(page.Cursor); err != nil {
			return err
		}
	}
	return nil
}

// keep writes the cursor beside the file and renames it, so that there is always a
// whole one.
func (f *feed) keep(cursor string) error {
	if f.cursorFile == "" {
		return nil
	}
	t, err := os.CreateTemp(filepath.Dir(f.cursorFile), filepath.Base(f.cursorFile)+".*")
	if err != nil {
		return fmt.Errorf("keep the cursor: %w", err)
	}
	_, err = t.WriteString(cursor + "\n")
	if err == nil {
		err = t.Sync()
	}
	if err = errors.Join(err, t.Close()); err == nil {
		err = os.Rename(t.Name(), f.cursorFile)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the cursor: %w", err), os.Remove(t.Name()))
	}
	return nil
}
