package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

// copyTo moves an embedded installation to a shared database.
func copyTo(e *cli.Env) *cobra.Command {
	from, to := "", ""
	part := config.Part{
		Settings: []string{"blobs", "config"},
		Own: []config.Flag{
			textFlag("from", "FOLDER", "The data folder; no server may run on it. Required.", &from),
			textFlag("to", "URL", "The database, postgres://user@host:5432/name. Required.", &to),
		},
	}
	cmd := &cobra.Command{
		Use: "copy --from DIR --to URL --blobs URL", Short: "move an embedded installation to a shared database",
		Example: "  claimcheck copy --from ./claimcheck-data --to postgres://claimcheck@db.example.org/claimcheck --blobs s3://claimcheck-files",
	}
	given := part.Add(cmd.Flags())
	cli.After(cmd, config.SettingsNote)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := part.Load(given, sources(e))
		switch {
		case err != nil:
			return cli.UsageError("%s", err)
		case len(args) > 0:
			return cli.UsageError("copy does not take %q", args[0])
		case from == "" || to == "":
			return cli.UsageError("copy needs --from FOLDER and --to postgres://…")
		case !cfg.Blobs.Shared:
			return cli.UsageError("copy needs --blobs file:///folder or s3://bucket, where the files go")
		}
		return copied(cmd.Context(), cfg, from, to, e)
	}
	return cmd
}

func copied(ctx context.Context, cfg config.Config, from, to string, e *cli.Env) error {
	if err := app.Installed(from); err != nil {
		return err
	}
	cfg.Data = from
	cfg, err := cfg.WithStore(to, app.Judges())
	if err != nil {
		return cli.UsageError("--to: %s", err)
	}
	p := &progressBar{w: e.Stderr}
	err = app.Copy(ctx, cfg, from, p.show)
	p.end()
	if err == nil {
		_, err = fmt.Fprintln(e.Stdout, "copied, and everything was compared; servers can be started on the database")
	}
	return err
}

const (
	barWidth  = 24
	showEvery = 200 * time.Millisecond
)

// A progressBar is one line for each thing that is done, written again and again
// while it is done.
type progressBar struct {
	w    io.Writer
	what string
	last time.Time
	text string
}

func (b *progressBar) show(p app.Progress) {
	if p.What != b.what {
		b.end()
		b.what = p.What
	}
	full := 0
	switch {
	case p.Of > 0:
		full = int(p.Done * barWidth / p.Of)
	case p.Done == p.Of:
		full = barWidth
	}
	b.text = fmt.Sprintf("%-18s [%s%s] %d", p.What, strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), p.Done)
	if p.Of > 0 {
		b.text += fmt.Sprintf(" of %d", p.Of)
	}
	if time.Since(b.last) >= showEvery {
		b.last = time.Now()
		_, _ = fmt.Fprint(b.w, "\r"+b.text) // it is only for the eye
	}
}

// end leaves the line as it is.
func (b *progressBar) end() {
	if b.text != "" {
		_, _ = fmt.Fprint(b.w, "\r"+b.text+"\n")
		b.text = ""
	}
}
