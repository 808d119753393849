package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// Download is the command that fetches the output file of a job.
func Download(e *Env) *cobra.Command {
	var d downloading
	cmd := &cobra.Command{
		Use:   "download ID [-o FILE|FOLDER]",
		Short: "fetch the output file of a job",
		Long: `Fetches the file that a job has made. Without -o it goes to standard output where that
is a pipe or a file; where it is a terminal, it is written into the current folder under
the name that the server has for it. -o FILE writes into that file; -o FOLDER, or a name
that ends in a slash, into that folder, which is made, under the server's name; -o - to
standard output, on a terminal with control characters shown as escapes. A file that is
there already is not replaced without --force.

A file is there under its name only when it is whole and has the digest that the server
tells. What came of an interrupted download stays beside it, as .NAME.….part, and the
same command goes on from there. What went to standard output is good only if the exit
code is 0.

It exits with 1 and says why if the job has failed or was cancelled, or the file cannot
be written, with 2 if it is there already, with 3 if the job is not finished yet or the
server refused, with 4 if the download failed, with 130 after Ctrl-C.`,
		Example: `  claimcheck download 01997f3e-5b80-7c41-9d02-6f1a8be3d274 -o data.json
  claimcheck download 01997f3e-5b80-7c41-9d02-6f1a8be3d274 | jq .`,
		ValidArgsFunction: d.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := d.askOne("download", ids, e)
			if err != nil {
				return err
			}
			return d.run(cmd.Context(), c, ids[0], e)
		},
	}
	d.addTo(cmd, e)
	cmd.Flags().StringVarP(&d.out, "output", "o", "", "Write into this `FILE`, or below the server's name into this folder; - is standard output.")
	cmd.Flags().BoolVar(&d.force, "force", false, "Replace a file that is there already.")
	cmd.Flags().BoolVar(&d.quiet, "quiet", false, "Show no progress, and not what was written.")
	return cmd
}

// A downloading is what the command download is asked for.
type downloading struct {
	server

	out   string // as on the command line
	force bool
	quiet bool
}

func (d *downloading) run(ctx context.Context, c *client.Client, id string, e *Env) error {
	toStdout := d.out == "-" || d.out == "" && !terminal.Shows(e.Stdout)
	name := d.out
	if !toStdout {
		var err error
		if name, err = whereTo(ctx, c, id, d.out); err == nil {
			err = mayWrite(name, d.force)
		}
		if err != nil {
			return ended(ctx, err)
		}
	}
	bars := terminal.NewBars(e.Stderr, d.quiet || toStdout && terminal.Shows(e.Stdout))
	defer bars.Close()
	bar := bars.Add(shortID(id), "", terminal.Bytes)
	progress := client.WithProgress(bar.Set)
	var n int64
	var err error
	switch is, statErr := os.Stat(name); { // no error for what there is not yet
	case toStdout && terminal.Shows(e.Stdout):
		shown := foreign.Writer(e.Stdout)
		_, err = c.Download(ctx, id, shown, progress)
		err = errors.Join(err, shown.Close())
	case toStdout:
		_, err = c.Download(ctx, id, e.Stdout, progress)
	case statErr == nil && !is.Mode().IsRegular():
		err = toOther(name, is, func(w io.Writer) error {
			n, err = c.Download(ctx, id, w, progress)
			return err
		})
	default:
		n, err = c.DownloadFile(ctx, id, name, progress)
	}
	bars.Close()
	if _, ours := errors.AsType[*fs.PathError](err); ours && !toStdout && ctx.Err() == nil {
		return cannotWrite(name, err)
	}
	switch {
	case err != nil && ctx.Err() != nil && !toStdout:
		return &ExitError{ExitInterrupted, "interrupted; the same command goes on from where it was"}
	case err != nil:
		return ended(ctx, err)
	}
	if toStdout || d.quiet {
		return nil
	}
	_, err = fmt.Fprintf(e.Stderr, "%v: %s\n", foreign.Text(name), terminal.Size(n))
	return err
}

// whereTo is the file into which a download is written.
func whereTo(ctx context.Context, c *client.Client, id, out string) (string, error) {
	if out != "" && !endsInSlash(out) && !isFolder(out) {
		return out, nil
	}
	s, err := c.Get(ctx, id)
	if err != nil {
		return "", err
	}
	link, err := fileOf(&s)
	if err != nil {
		return "", err
	}
	name := servedName(link)
	if out != "" {
		if err := os.MkdirAll(out, 0o777); err != nil { //nolint:gosec // as the program's other folders; the user's mask says who may
			return "", cannotWrite(out, err)
		}
		name = filepath.Join(out, name)
	}
	return name, nil
}

func isFolder(name string) bool {
	is, err := os.Stat(name)
	return err == nil && is.IsDir()
}

func endsInSlash(name string) bool {
	return strings.HasSuffix(name, "/") || strings.HasSuffix(name, string(filepath.Separator))
}

// fileOf is the link to the file of a job's result.
func fileOf(s *api.Status) (string, error) {
	if err := client.Failure(*s); err != nil {
		return "", err
	}
	if s.Status != "success" {
		return "", fmt.Errorf("job %s is %s: %w", s.JobID, s.Status, client.ErrNotFinished)
	}
	var result api.Result
	if json.Unmarshal(s.Result, &result) != nil || result.File == "" { // a tool may answer any JSON
		return "", client.ErrNoFile
	}
	return result.File, nil
}
