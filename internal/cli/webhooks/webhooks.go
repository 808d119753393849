// Package webhooks has the commands for callers about addresses that the server calls
// when jobs end, claimcheck webhooks. What such a call says is package client/webhook's.
package webhooks

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
)

// Webhooks are the commands about addresses that the server calls when jobs end.
func Webhooks(e *cli.Env) *cobra.Command {
	return cli.Family("webhooks", "have addresses of yours called when jobs end", "  claimcheck webhooks create https://example.org/hook\n  claimcheck webhooks list",
		listWebhooks(e), createWebhook(e), changeWebhook(e), deleteWebhooks(e), rotateWebhook(e), webhookSecret(e), testWebhook(e), webhookDeliveries(e), resendDelivery(e), recoverWebhook(e))
}

// hooks are what the commands about webhooks have in common.
type hooks struct {
	cli.Server

	asJSON bool
}

func (h *hooks) add(e *cli.Env, cmd *cobra.Command, jsonDoc string) *cobra.Command {
	h.AddTo(cmd, e)
	cmd.Flags().BoolVar(&h.asJSON, "json", false, jsonDoc)
	return cmd
}

// webhookJSON is what --json says of most of them.
const webhookJSON = "Print for each webhook one line, in the form of GET /webhooks."

// exits ends the help of each.
const exits = "\n\nIt exits with 3 if the server refused, with 4 if it could not be asked."

func listWebhooks(e *cli.Env) *cobra.Command {
	var h hooks
	return h.add(e, &cobra.Command{
		Use:   "list",
		Short: "list webhooks, oldest first",
		Long: `Lists the webhooks of the key's owner, oldest first: whether each is called, for which
events, and why it was disabled if it was.` + exits,
		Example: "  claimcheck webhooks list",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("webhooks list takes no arguments")
			}
			c, err := h.Client("webhooks list", e)
			if err != nil {
				return err
			}
			all, err := c.Webhooks().List(cmd.Context())
			switch {
			case err != nil:
				return cli.Ended(cmd.Context(), err)
			case h.asJSON:
				return cli.PrintLines(e.Stdout, all)
			}
			return printWebhooks(e.Stdout, all)
		},
	}, webhookJSON)
}

func printWebhooks(w io.Writer, all []api.Webhook) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, "ID\tSTATE\tEVENTS\tURL\tASKED"); err != nil {
		return err
	}
	for i := range all {
		hook := &all[i]
		state := "enabled"
		if !hook.Enabled {
			state = strings.TrimSuffix("disabled: "+foreign.Text(hook.Reason).String(), ": ")
		}
		if _, err := fmt.Fprintf(t, "%v\t%s\t%v\t%v\t%v\n", foreign.Text(hook.ID), state, foreign.Text(strings.Join(hook.Events, ",")), foreign.Text(hook.URL), foreign.Text(asked(hook))); err != nil {
			return err
		}
	}
	return t.Flush()
}

func createWebhook(e *cli.Env) *cobra.Command {
	var h hooks
	var a fit
	cmd := h.add(e, &cobra.Command{
		Use:   "create URL",
		Short: "have an address called when jobs end",
		Long: `Has an https address called when a job of the owner's ends, and prints the webhook's ID
and its secret, which signs the calls. The secret is told here and by webhooks rotate,
and never again. It goes to standard output, the ID too; see who reads that.
With --tool or --metadata it is called for some jobs only. Values of headers are secrets:
other users of this machine can see those that are given with --header, and none that
--header-file reads; the server never shows them again.` + exits,
		Example: `  claimcheck webhooks create https://example.org/hook --event job.failed
  claimcheck webhooks create https://example.org/hook --json | jq -r .secret >secret.txt
  claimcheck webhooks create https://example.org/hook --header-file headers.txt --tool json-formatter --max-per-second 10`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.UsageError("webhooks create needs the URL that is to be called, and nothing else")
			}
			c, err := h.Client("webhooks create", e)
			if err != nil {
				return err
			}
			n, err := a.asked(args[0], e)
			if err != nil {
				return err
			}
			made, err := c.Webhooks().Make(cmd.Context(), n)
			return h.printSecret(cmd.Context(), made, err, e)
		},
	}, "Print the webhook, with its secret, on one line.")
	a.addTo(cmd)
	return cmd
}

// printSecret prints a webhook whose secret is new.
func (h *hooks) printSecret(ctx context.Context, made api.Webhook, err error, e *cli.Env) error {
	switch {
	case err != nil:
		return cli.Ended(ctx, err)
	case h.asJSON:
		return cli.PrintLine(e.Stdout, &made)
	}
	_, err = fmt.Fprintf(e.Stdout, "id      %v\nurl     %v\nevents  %v\nsecret  %v\n",
		foreign.Text(made.ID), foreign.Text(made.URL), foreign.Text(strings.Join(made.Events, ",")), foreign.Text(made.Secret))
	return err
}

func deleteWebhooks(e *cli.Env) *cobra.Command {
	var h hooks
	return h.add(e, &cobra.Command{
		Use:     "delete ID...",
		Short:   "have addresses called no more",
		Long:    `Removes each webhook. Calls that are due are not made any more.` + exits,
		Example: "  claimcheck webhooks delete wh_1",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return cli.UsageError("webhooks delete needs the ID of a webhook; claimcheck webhooks list has them")
			}
			c, err := h.Client("webhooks delete", e)
			if err != nil {
				return err
			}
			remove := func(ctx context.Context, id string) (removed, error) {
				return removed{ID: id, Status: "deleted"}, c.Webhooks().Delete(ctx, id)
			}
			return cli.PerID(cmd.Context(), e, "webhooks delete", ids, remove, func(id string, r removed) (int, error) {
				if h.asJSON {
					return 0, cli.PrintLine(e.Stdout, &r)
				}
				_, err := fmt.Fprintf(e.Stdout, "%v  %s\n", foreign.Text(id), r.Status)
				return 0, err
			})
		},
	}, `Print for each webhook one line, {"id","status":"deleted"}.`)
}

// A removed is what is printed of a webhook that is no more.
type removed struct {
	ID     string `json:"id"`
	Status string `json:"status"` // deleted
}

// oneWebhook is a command that does one thing with one webhook.
func (h *hooks) oneWebhook(e *cli.Env, cmd *cobra.Command, jsonDoc string, do func(ctx context.Context, w client.Webhooks, id string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return cli.UsageError("%s needs the ID of one webhook; claimcheck webhooks list has them", cli.Path(cmd))
		}
		c, err := h.Client(cli.Path(cmd), e)
		if err != nil {
			return err
		}
		return do(cmd.Context(), c.Webhooks(), args[0])
	}
	return h.add(e, cmd, jsonDoc)
}

func rotateWebhook(e *cli.Env) *cobra.Command {
	var h hooks
	return h.oneWebhook(e, &cobra.Command{
		Use:   "rotate ID",
		Short: "give a webhook a new secret",
		Long: `Gives a webhook a new secret and prints it. For 24 hours calls are signed with the old
one too, so that a receiver can be told the new one in between.` + exits,
		Example: "  claimcheck webhooks rotate wh_1",
	}, "Print the webhook, with its secret, on one line.", func(ctx context.Context, w client.Webhooks, id string) error {
		made, err := w.Rotate(ctx, id)
		return h.printSecret(ctx, made, err, e)
	})
}

func webhookSecret(e *cli.Env) *cobra.Command {
	var h hooks
	return h.add(e, &cobra.Command{
		Use:   "secret",
		Short: "print the secret that signs calls to addresses given with jobs",
		Long: `Prints the owner's own secret, which signs the calls to addresses that were given with
single jobs (x-webhook-url, claimcheck submit --webhook). Their deliveries are listed
under the id that --json tells.` + exits,
		Example: "  claimcheck webhooks secret >secret.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("webhooks secret takes no arguments: an owner has one")
			}
			c, err := h.Client("webhooks secret", e)
			if err != nil {
				return err
			}
			s, err := c.Webhooks().Secret(cmd.Context())
			switch {
			case err != nil:
				return cli.Ended(cmd.Context(), err)
			case h.asJSON:
				return cli.PrintLine(e.Stdout, &s)
			}
			_, err = fmt.Fprintln(e.Stdout, foreign.Text(s.Secret))
			return err
		},
	}, `Print {"id","secret"} on one line.`)
}

func testWebhook(e *cli.Env) *cobra.Command {
	var h hooks
	return h.oneWebhook(e, &cobra.Command{
		Use:   "test ID",
		Short: "have a webhook called once, to see whether that works",
		Long: `Has a webhook called with an event of type webhook.test. The call is made a moment
later; claimcheck webhooks deliveries tells what became of it.` + exits,
		Example: "  claimcheck webhooks test wh_1\n  claimcheck webhooks deliveries wh_1 --limit 1",
	}, deliveryJSON, func(ctx context.Context, w client.Webhooks, id string) error {
		d, err := w.Test(ctx, id)
		return h.printDelivery(ctx, &d, err, e)
	})
}

const deliveryJSON = "Print for each delivery one line, in the form of GET /webhooks/{id}/deliveries."

func (h *hooks) printDelivery(ctx context.Context, d *api.Delivery, err error, e *cli.Env) error {
	if err != nil {
		return cli.Ended(ctx, err)
	}
	return h.printDeliveries(e, []api.Delivery{*d})
}

func (h *hooks) printDeliveries(e *cli.Env, all []api.Delivery) error {
	if h.asJSON {
		return cli.PrintLines(e.Stdout, all)
	}
	t := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, "ID\tSTATUS\tTYPE\tJOB\tMADE\tCALLS"); err != nil {
		return err
	}
	for i := range all {
		d := &all[i]
		job := d.JobID
		if job == "" {
			job = "-"
		}
		if _, err := fmt.Fprintf(t, "%v\t%v\t%v\t%v\t%s\t%v\n", foreign.Text(d.ID), foreign.Text(d.Status), foreign.Text(d.Type), foreign.Text(job),
			cli.Moment(d.CreatedAt), foreign.Text(calls(d))); err != nil {
			return err
		}
	}
	return t.Flush()
}

// calls says what became of the calls of a delivery.
func calls(d *api.Delivery) string {
	text := "none yet"
	if n := len(d.Attempts); n > 0 {
		last := &d.Attempts[n-1]
		how := last.Error
		if last.Status > 0 {
			how = strings.TrimSpace(fmt.Sprintf("%d %s", last.Status, http.StatusText(last.Status)))
		}
		text = fmt.Sprintf("%d, the last after %d ms: %s", n, last.DurationMS, how)
	}
	if d.NextAttemptAt > 0 {
		text += ", the next one at " + cli.Moment(d.NextAttemptAt)
	}
	if d.Reason != "" {
		text += "; given up: " + d.Reason
	}
	return text
}

func webhookDeliveries(e *cli.Env) *cobra.Command {
	var h hooks
	var limit int
	cmd := h.oneWebhook(e, &cobra.Command{
		Use:   "deliveries ID",
		Short: "tell what became of the calls of a webhook",
		Long: `Lists the deliveries of a webhook, newest first: the event, the job, how often the address
was called, what it answered last, and when it is called next.` + exits,
		Example: "  claimcheck webhooks deliveries wh_1 --limit 5",
	}, deliveryJSON, func(ctx context.Context, w client.Webhooks, id string) error {
		if limit < 0 {
			return cli.UsageError("--limit: it is a number of deliveries, or 0 for all")
		}
		var all []api.Delivery
		for d, err := range w.Deliveries(ctx, id) {
			if err != nil {
				return cli.Ended(ctx, err)
			}
			if all = append(all, d); len(all) == limit {
				break
			}
		}
		return h.printDeliveries(e, all)
	})
	cmd.Flags().IntVar(&limit, "limit", 20, "List at most so many; 0 is all.")
	return cmd
}

func resendDelivery(e *cli.Env) *cobra.Command {
	var h hooks
	return h.add(e, &cobra.Command{
		Use:   "resend ID DELIVERY",
		Short: "have a call made again",
		Long: `Has a call of a webhook made again, with the webhook-id that it had, by which receivers know
what they have seen already. claimcheck webhooks deliveries has the IDs of calls.` + exits,
		Example: "  claimcheck webhooks resend wh_1 msg_1",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.UsageError("webhooks resend needs the ID of a webhook and that of a delivery")
			}
			c, err := h.Client("webhooks resend", e)
			if err != nil {
				return err
			}
			d, err := c.Webhooks().Resend(cmd.Context(), args[0], args[1])
			return h.printDelivery(cmd.Context(), &d, err, e)
		},
	}, deliveryJSON)
}
