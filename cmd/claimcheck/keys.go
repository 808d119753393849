package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/routes/admin"
)

const keyOperand = "the ID of a key (claimcheck keys list shows them)"

func keys(e *cli.Env) *cobra.Command {
	return cli.Family("keys", "make, list, revoke and rotate keys", "  claimcheck keys create --owner me", createKey(e), listKeys(e), revokeKey(e), rotateKey(e))
}

func secrets(e *cli.Env) *cobra.Command {
	return cli.Family("secrets", "replace what links are signed with", "  claimcheck secrets rotate", operatorCommand{
		use: "rotate", short: "have links signed with a new secret, and print its id", example: "  claimcheck secrets rotate",
		do: func(ctx context.Context, op control.Operator, _ string) error {
			id, err := op.RotateSecrets(ctx)
			return printed(e.Stdout, id, err)
		},
	}.command(e))
}

// printed prints a line unless what it tells of failed.
func printed(w io.Writer, line string, err error) error {
	if err == nil {
		_, err = fmt.Fprintln(w, line)
	}
	return err
}

func textFlag(name, form, doc string, to *string) config.Flag {
	return config.Flag{Name: name, Form: form, Doc: doc, Set: func(v string) error { *to = v; return nil }}
}

func listFlag(name, form, doc string, to *[]string) config.Flag {
	return config.Flag{Name: name, Form: form, Doc: doc, Set: func(v string) error {
		*to = strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' })
		return nil
	}}
}

func durationFlag(name, doc string, to *time.Duration) config.Flag {
	return config.Flag{Name: name, Form: "DURATION", Doc: doc, Set: func(v string) (err error) {
		*to, err = config.ParseDuration(v)
		return err
	}}
}

func switchFlag(name, doc string, to *bool) config.Flag {
	return config.Flag{Name: name, Doc: doc, Switch: true, Set: func(string) error { *to = true; return nil }}
}

func createKey(e *cli.Env) *cobra.Command {
	var k auth.NewKey
	return operatorCommand{
		use:   "create --owner NAME [--plan default] [--name TEXT] [--expires 720h] [--scopes submit,read|work|admin] [--tools a,b] [--from 10.0.0.0/8,…]",
		short: "make a key and print it, this once", example: "  claimcheck keys create --owner acme --plan default --expires 720h", begins: true,
		own: []config.Flag{
			textFlag("owner", "NAME", "The user that the key belongs to; of scope admin, whose name stands in the audit. Required.", &k.Owner),
			textFlag("plan", "NAME", "The owner's plan; an owner that is there keeps its plan without it.", &k.Plan),
			textFlag("name", "TEXT", "A note about the key.", &k.Name),
			durationFlag("expires", "The key ends after this time, for instance 720h.", &k.Expires),
			listFlag("scopes", "LIST", "What the key may do: submit, read, or work alone, or admin alone (what is below /admin, for operators). Default: submit,read.", &k.Scopes),
			listFlag("tools", "LIST", "The only tools that the key is for: to call, or with scope work to claim. Default: all; scope work needs one.", &k.Tools),
			listFlag("from", "NETWORKS", "The only networks, or addresses, that the key is taken from. Default: all.", &k.From),
		},
		check: func() error {
			if k.Owner == "" {
				return cli.UsageError("keys create needs --owner NAME")
			}
			return nil
		},
		do: func(ctx context.Context, op control.Operator, _ string) error {
			made, err := op.CreateKey(ctx, k)
			return printed(e.Stdout, made.Secret, err)
		},
	}.command(e)
}

func revokeKey(e *cli.Env) *cobra.Command {
	return operatorCommand{
		use: "revoke ID", short: "end a key at once", example: "  claimcheck keys revoke key_0123456789abcdef", operand: keyOperand,
		do: func(ctx context.Context, op control.Operator, id string) error { return op.RevokeKey(ctx, id) },
	}.command(e)
}

const defaultOverlap = 24 * time.Hour

func rotateKey(e *cli.Env) *cobra.Command {
	overlap := defaultOverlap
	return operatorCommand{
		use: "rotate ID [--overlap 24h]", short: "make a key that replaces another, and print it", example: "  claimcheck keys rotate key_0123456789abcdef --overlap 1h", operand: keyOperand,
		own: []config.Flag{durationFlag("overlap", "How long the old key stays valid. Default: 24h.", &overlap)},
		do: func(ctx context.Context, op control.Operator, id string) error {
			made, err := op.RotateKey(ctx, id, overlap)
			return printed(e.Stdout, made.Secret, err)
		},
	}.command(e)
}

func listKeys(e *cli.Env) *cobra.Command {
	asJSON := false
	return operatorCommand{
		use: "list [--json]", short: "list the keys", example: "  claimcheck keys list --json",
		own: []config.Flag{switchFlag("json", "Print a JSON array.", &asJSON)},
		do: func(ctx context.Context, op control.Operator, _ string) error {
			all, err := op.Keys(ctx)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printKeysJSON(e.Stdout, all)
			default:
				return printKeys(e.Stdout, all)
			}
		},
	}.command(e)
}

func printKeysJSON(w io.Writer, all []account.Key) error {
	out := make([]api.Key, len(all))
	for i := range all {
		out[i] = admin.Wire(&all[i])
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	_, err = fmt.Fprintln(w, string(b))
	return err
}

func printKeys(w io.Writer, all []account.Key) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "ID\tOWNER\tPLAN\tSCOPES\tTOOLS\tFROM\tCREATED\tEXPIRES\tREVOKED\tNAME")
	for _, k := range all {
		_, e := fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Owner, k.Plan, strings.Join(k.Scopes, ","), listed(k.Tools), listed(admin.Wire(&k).From),
			moment(k.Created), moment(k.Expires), moment(k.Revoked), k.Name)
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}

// listed is a list in a column; a dash stands for all.
func listed(names []string) string { return cmp.Or(strings.Join(names, ","), "-") }

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
