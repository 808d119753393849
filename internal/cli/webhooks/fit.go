package webhooks

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
)

// fit are the flags that say how calls fit their receiver.
type fit struct {
	events, headers, tools, metadata []string
	headerFile                       string
	pace                             float64
	signature                        string
}

func (f *fit) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.events, "event", nil, "Only for this `EVENT`, job.succeeded, job.failed or group.finished; may be given several times. Default: the first two.")
	flags.StringArrayVar(&f.headers, "header", nil, "Send this `HEADER` with each call, as in 'Authorization: Bearer x'; may be given several times.")
	flags.StringVar(&f.headerFile, "header-file", "", "Send the headers with each call that this `FILE` has, one on each line; - is standard input.")
	flags.StringSliceVar(&f.tools, "tool", nil, "Only for jobs of this `TOOL`; may be given several times.")
	flags.StringArrayVar(&f.metadata, "metadata", nil, "Only for jobs with this metadata, `NAME=VALUE`; may be given several times, then all must be there.")
	flags.Float64Var(&f.pace, "max-per-second", 0, "Begin at most so many calls in a second; 0.1 is one in ten seconds, 0 no limit.")
	flags.StringVar(&f.signature, "signature", "", "Sign calls by the secret (v1, the default), or with a public key too (v1a).")
	cli.Complete(cmd, "event", cobra.FixedCompletions([]string{"job.succeeded", "job.failed", "group.finished"}, cobra.ShellCompDirectiveNoFileComp))
	cli.Complete(cmd, "signature", cobra.FixedCompletions([]string{"v1", "v1a"}, cobra.ShellCompDirectiveNoFileComp))
}

// asked is the webhook that the flags describe.
func (f *fit) asked(address string, e *cli.Env) (n api.NewWebhook, err error) {
	n = api.NewWebhook{URL: address, Events: f.events, Tools: f.tools, MaxPerSecond: f.pace, Signature: f.signature}
	lines := f.headers
	if f.headerFile != "" {
		more, err := headerLines(f.headerFile, e)
		if err != nil {
			return n, err
		}
		lines = append(slices.Clone(lines), more...)
	}
	if n.Headers, err = pairs("--header", "NAME: VALUE", ":", lines); err != nil {
		return n, err
	}
	n.Metadata, err = pairs("--metadata", "NAME=VALUE", "=", f.metadata)
	return n, err
}

// maxHeaderFile is more than the headers of a webhook can be.
const maxHeaderFile = 64 << 10

// headerLines reads the lines of a file that are not empty.
func headerLines(name string, e *cli.Env) (lines []string, err error) {
	in := e.Stdin
	if name != "-" {
		file, err := os.Open(name) //nolint:gosec // its user names it
		if err != nil {
			return nil, cli.UsageError("--header-file: %v", foreign.Text(err.Error()))
		}
		defer file.Close()
		in = file
	}
	if in == nil {
		return nil, cli.UsageError("--header-file: there is no standard input")
	}
	s := bufio.NewScanner(io.LimitReader(in, maxHeaderFile))
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read --header-file: %w", err)
	}
	return lines, nil
}

// pairs reads names and values. What is wrong with one is said without its value.
func pairs(flag, form, between string, texts []string) (map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	all := map[string]string{}
	for _, text := range texts {
		name, value, both := strings.Cut(text, between)
		if between == ":" {
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		}
		if !both || name == "" {
			return nil, cli.UsageError("%s is %s", flag, form)
		}
		if _, twice := all[name]; twice {
			return nil, cli.UsageError("%s %v is given twice", flag, foreign.Text(name))
		}
		all[name] = value
	}
	return all, nil
}

// asked says in a word or two what was asked of a webhook beside its events.
func asked(w *api.Webhook) string {
	var words []string
	if len(w.Tools) > 0 {
		words = append(words, "tools "+strings.Join(w.Tools, ","))
	}
	for _, name := range slices.Sorted(maps.Keys(w.Metadata)) {
		words = append(words, name+"="+w.Metadata[name])
	}
	if w.MaxPerSecond > 0 {
		words = append(words, fmt.Sprintf("%v/s", w.MaxPerSecond))
	}
	if len(w.HeaderNames) > 0 {
		words = append(words, "headers "+strings.Join(w.HeaderNames, ","))
	}
	if w.Signature != "" && w.Signature != "v1" {
		words = append(words, w.Signature)
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, " ")
}

// changing are the flags that only webhooks change has.
type changing struct {
	fit

	url                   string
	enable, disable, all  bool
	noHeaders, noMetadata []string
}

func changeWebhook(e *cli.Env) *cobra.Command {
	var h hooks
	var f changing
	cmd := &cobra.Command{
		Use:   "change ID",
		Short: "change what a webhook is called for, and how",
		Long: `Changes what the flags name of a webhook, and nothing else. --enable has it called
again after the server has disabled it; claimcheck webhooks recover sends again what it
missed.` + exits,
		Example: "  claimcheck webhooks change wh_1 --address https://example.org/new --max-per-second 5\n  claimcheck webhooks change wh_1 --enable",
	}
	h.oneWebhook(e, cmd, "Print the webhook on one line.", func(ctx context.Context, w client.Webhooks, id string) error {
		to, err := f.change(cmd, e)
		if err != nil {
			return err
		}
		is, err := w.Change(ctx, id, to)
		switch {
		case err != nil:
			return cli.Ended(ctx, err)
		case h.asJSON:
			return cli.PrintLine(e.Stdout, &is)
		}
		return printWebhooks(e.Stdout, []api.Webhook{is})
	})
	f.addTo(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.url, "address", "", "Call this `URL` from now on.")
	flags.BoolVar(&f.enable, "enable", false, "Have it called again.")
	flags.BoolVar(&f.disable, "disable", false, "Have it called no more; what is due fails.")
	flags.BoolVar(&f.all, "all-tools", false, "Have it called for jobs of all tools.")
	flags.StringSliceVar(&f.noHeaders, "no-header", nil, "Send the header of this `NAME` no more; may be given several times.")
	flags.StringSliceVar(&f.noMetadata, "no-metadata", nil, "Ask for the metadata of this `NAME` no more; may be given several times.")
	return cmd
}

// change is what the flags that are given name.
func (f *changing) change(cmd *cobra.Command, e *cli.Env) (to api.WebhookChange, err error) {
	if f.enable && f.disable {
		return to, cli.UsageError("--enable and --disable cannot both be")
	}
	if f.all && len(f.tools) > 0 {
		return to, cli.UsageError("--tool and --all-tools cannot both be")
	}
	n, err := f.asked(f.url, e)
	if err != nil {
		return to, err
	}
	given := func(name string) bool { return cmd.Flags().Changed(name) }
	to.Headers, to.Metadata = patch(n.Headers, f.noHeaders), patch(n.Metadata, f.noMetadata)
	set(given("address"), &to.URL, n.URL)
	set(given("event"), &to.Events, n.Events)
	set(given("tool") || f.all, &to.Tools, append([]string{}, n.Tools...))
	set(given("max-per-second"), &to.MaxPerSecond, n.MaxPerSecond)
	set(given("signature"), &to.Signature, n.Signature)
	set(f.enable || f.disable, &to.Enabled, f.enable)
	if to.Headers == nil && to.Metadata == nil && to.URL == nil && to.Events == nil && to.Tools == nil && to.MaxPerSecond == nil && to.Signature == nil && to.Enabled == nil {
		return to, cli.UsageError("webhooks change needs a flag that says what is to change")
	}
	return to, nil
}

func set[T any](given bool, member **T, value T) {
	if given {
		*member = &value
	}
}

func patch(values map[string]string, gone []string) map[string]*string {
	if len(values)+len(gone) == 0 {
		return nil
	}
	to := map[string]*string{}
	for _, name := range gone {
		to[name] = nil
	}
	for name, value := range values {
		to[name] = &value
	}
	return to
}

func recoverWebhook(e *cli.Env) *cobra.Command {
	var h hooks
	var since string
	cmd := h.oneWebhook(e, &cobra.Command{
		Use:   "recover ID",
		Short: "send again all that a receiver has not taken",
		Long: `Has everything sent again, in order and once each, that a webhook's receiver has not taken
of the events since a time: what has failed for good, and what waits for another
attempt. It prints how much that is. It may be repeated: nothing is sent twice. Of more
than 10,000 it takes the oldest; then repeat it.` + exits,
		Example: "  claimcheck webhooks recover wh_1 --since 6h\n  claimcheck webhooks recover wh_1 --since 2026-11-02T10:00:00Z",
	}, `Print {"count"} on one line.`, func(ctx context.Context, w client.Webhooks, id string) error {
		from, err := cli.Past("since", since, time.Now())
		switch {
		case err != nil:
			return err
		case since == "":
			return cli.UsageError("webhooks recover needs --since: what was not taken of the events since then is sent again")
		}
		n, err := w.Recover(ctx, id, time.Unix(from, 0))
		switch {
		case err != nil:
			return cli.Ended(ctx, err)
		case h.asJSON:
			return cli.PrintLine(e.Stdout, &api.Recovered{Count: n})
		}
		_, err = fmt.Fprintf(e.Stdout, "%d sent again\n", n)
		return err
	})
	cmd.Flags().StringVar(&since, "since", "", "Events since this `TIME`: how long ago (90m, 24h, 7d), a moment (2026-11-28, 2026-11-28T14:00:00Z) or Unix seconds.")
	return cmd
}
