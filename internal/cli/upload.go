package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// Upload is the command that hands in files before the jobs that read them.
func Upload(e *Env) *cobra.Command {
	var u uploading
	cmd := &cobra.Command{
		Use:   "upload FILE... [--json]",
		Short: "hand in files for jobs to come",
		Long: `Hands in each file and prints its key, one a line, in the order of the command line:
what a submission with x-source-type: file takes, in {"file":"KEY"}. A key is good for
the owner alone, and until the upload expires. What claimcheck submit is given needs no
upload of one's own.

It exits with 2 if a file cannot be read, with 3 if the server refused one, with 4 if
an upload failed, with 130 after Ctrl-C.

--json prints for each file {"file","bytes","key"}.`,
		Example: `  claimcheck upload data.json
  curl -H "x-api-key: $CLAIMCHECK_API_KEY" -H 'x-source-type: file' -d "{\"file\":\"$(claimcheck upload data.json)\"}" $CLAIMCHECK_URL/json-formatter-api`,
		RunE: func(cmd *cobra.Command, files []string) error {
			sizes, err := sizesOf(files, u.name)
			if err != nil {
				return err
			}
			c, err := u.client("upload", e)
			if err != nil {
				return err
			}
			return u.run(cmd.Context(), c, files, sizes, e)
		},
	}
	u.addTo(cmd, e)
	cmd.Flags().StringVar(&u.name, "name", "", "What the file is called on the server; its extension says what it is. Default: as here.")
	cmd.Flags().BoolVar(&u.asJSON, "json", false, `Print for each file one line, {"file","bytes","key"}.`)
	cmd.Flags().BoolVar(&u.quiet, "quiet", false, "Show no progress on the terminal.")
	return cmd
}

// An uploaded is what is printed of a file that was handed in.
type uploaded struct {
	File  string `json:"file"` // as on the command line
	Bytes int64  `json:"bytes"`
	Key   string `json:"key"` // what {"file":…} takes
}

// sizesOf looks at the files before anything is sent: that they are there, can be
// read, and have something in them.
func sizesOf(files []string, name string) (map[string]int64, error) {
	if len(files) == 0 {
		return nil, UsageError("upload needs a file")
	}
	if name != "" && len(files) > 1 {
		return nil, UsageError("--name is for one file")
	}
	sizes := map[string]int64{}
	for _, file := range files {
		f, err := os.Open(file) //nolint:gosec // the user's own
		if err != nil {
			return nil, cannotRead(file, err)
		}
		is, err := f.Stat()
		switch err := errors.Join(err, f.Close()); {
		case err != nil:
			return nil, cannotRead(file, err)
		case !is.Mode().IsRegular():
			return nil, UsageError("cannot upload %v: it is no file", foreign.Text(file))
		case is.Size() == 0:
			return nil, UsageError("cannot upload %v: it is empty", foreign.Text(file))
		}
		sizes[file] = is.Size()
	}
	return sizes, nil
}

// cannotRead is what is said of a file that cannot be read.
func cannotRead(name string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return UsageError("cannot read %v: %v", foreign.Text(name), err)
}

// An uploading is what the command upload is asked for.
type uploading struct {
	server

	name   string // on the server; empty: as here
	asJSON bool
	quiet  bool
}

func (u *uploading) run(ctx context.Context, c *client.Client, files []string, sizes map[string]int64, e *Env) error {
	bars := terminal.NewBars(e.Stderr, u.quiet)
	defer bars.Close()
	above := e.above(bars)
	sum := newTally(above)
	err := several(ctx, files, inTransfer, func(ctx context.Context, file string) (uploaded, error) {
		bar := bars.Add(filepath.Base(file), "", terminal.Bytes)
		defer bar.End()
		return u.send(ctx, c, file, sizes[file], bar)
	}, func(file string, up uploaded, err error) error {
		if err != nil {
			return sum.failed(ctx, file, err)
		}
		if u.asJSON {
			return printLine(above.Stdout, &up)
		}
		_, err = fmt.Fprintln(above.Stdout, foreign.Text(up.Key))
		return err
	})
	bars.Close()
	if err != nil {
		return err
	}
	return sum.end(ctx, "upload")
}

// send hands one file in.
func (u *uploading) send(ctx context.Context, c *client.Client, file string, size int64, bar *terminal.Bar) (uploaded, error) {
	f, err := os.Open(file) //nolint:gosec // the user's own
	if err != nil {
		return uploaded{}, cannotRead(file, err)
	}
	defer f.Close()
	key, err := c.Upload(ctx, cmp.Or(u.name, filepath.Base(file)), f, size, client.WithProgress(bar.Set))
	if err != nil {
		return uploaded{}, err
	}
	return uploaded{File: file, Bytes: size, Key: key}, nil
}
