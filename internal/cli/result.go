package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// Result is the command that prints what the synchronous call would have answered.
func Result(e *Env) *cobra.Command {
	var from server
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "result ID [-o FILE]",
		Short: "print the result of a job, as a synchronous call answers it",
		Long: `Prints the result of a successful job: byte for byte what the synchronous call would
have answered, JSON that names the output file and shows its beginning. The file itself
comes by claimcheck download. On a terminal it is one line, with control characters
shown as escapes; the bytes as they are go into pipes and files.

It does not wait, claimcheck wait does: a job that is not finished is exit code 3, as
all that the server refuses. It exits with 1 and says why if the job has failed or was
cancelled, or FILE cannot be written, with 2 if FILE is there already, with 4 if the
server could not be asked.`,
		Example: `  claimcheck result 01997f3e-5b80-7c41-9d02-6f1a8be3d274 | jq -r .preview
  claimcheck result 01997f3e-5b80-7c41-9d02-6f1a8be3d274 -o answer.json`,
		ValidArgsFunction: from.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := from.askOne("result", ids, e)
			if err != nil {
				return err
			}
			if err := mayWrite(out, force); err != nil {
				return err
			}
			return result(cmd.Context(), c, ids[0], out, e)
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().StringVarP(&out, "output", "o", "", "Write into this `FILE` instead of standard output; - is that.")
	cmd.Flags().BoolVar(&force, "force", false, "Replace a file that is there already.")
	return cmd
}

// askOne is ask for a command about one job.
func (s *server) askOne(command string, ids []string, e *Env) (*client.Client, error) {
	if len(ids) > 1 {
		return nil, UsageError("%s takes the ID of one job", command)
	}
	return s.ask(command, ids, e)
}

func result(ctx context.Context, c *client.Client, id, out string, e *Env) error {
	answer, err := c.Result(ctx, id)
	switch {
	case err != nil:
		return ended(ctx, err)
	case out != "" && out != "-":
		return toFile(out, func(w io.Writer) error {
			_, err := w.Write(answer)
			return err
		})
	case terminal.Shows(e.Stdout):
		_, err = fmt.Fprintln(e.Stdout, foreign.JSON(answer))
	default:
		_, err = e.Stdout.Write(answer)
	}
	return err
}

// ended is how a command ends whose one request, or whose one file, failed.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &ExitError{ExitInterrupted, "interrupted"}
	}
	if own, ok := errors.AsType[*ExitError](err); ok {
		return own
	}
	return &ExitError{codeOf(err), foreign.Text(reason(err)).String()}
}
