package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/routes/admin"
)

const keysHelp = `keys create --owner NAME [--plan default] [--name TEXT] [--expires 720h] [--scopes submit,read|work|admin] [--tools a,b] [--data DIR | --store URL]
keys list [--json] [--data DIR | --store URL]
keys revoke ID [--data DIR | --store URL]
keys rotate ID [--overlap 24h] [--data DIR | --store URL]`

const keyOperand = "the ID of a key (claimcheck keys list shows them)"

func keys(ctx context.Context, args []string, e cli.Env) error {
	return choose(ctx, "keys", []operatorCommand{createKey(e), listKeys(e), revokeKey(), rotateKey(e)}, args, e)
}

func secrets(ctx context.Context, args []string, e cli.Env) error {
	return choose(ctx, "secrets", []operatorCommand{{
		name: "secrets rotate",
		do: func(ctx context.Context, op control.Operator, _ string) error {
			id, err := op.RotateSecrets(ctx)
			return printed(e.Stdout, id, err)
		},
	}}, args, e)
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

func createKey(e cli.Env) operatorCommand {
	var k auth.NewKey
	return operatorCommand{
		name: "keys create", begins: true,
		own: []config.Flag{
			textFlag("owner", "NAME", "The user that the key belongs to; of scope admin, whose name stands in the audit. Required.", &k.Owner),
			textFlag("plan", "NAME", "The owner's plan; an owner that is there keeps its plan without it.", &k.Plan),
			textFlag("name", "TEXT", "A note about the key.", &k.Name),
			durationFlag("expires", "The key ends after this time, for instance 720h.", &k.Expires),
			listFlag("scopes", "LIST", "What the key may do: submit, read, or work alone, or admin alone (what is below /admin, for operators). Default: submit,read.", &k.Scopes),
			listFlag("tools", "LIST", "The tools that a key with scope work may claim.", &k.Tools),
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
	}
}

func revokeKey() operatorCommand {
	return operatorCommand{
		name: "keys revoke", operand: keyOperand,
		do: func(ctx context.Context, op control.Operator, id string) error { return op.RevokeKey(ctx, id) },
	}
}

const defaultOverlap = 24 * time.Hour

func rotateKey(e cli.Env) operatorCommand {
	overlap := defaultOverlap
	return operatorCommand{
		name: "keys rotate", operand: keyOperand,
		own: []config.Flag{durationFlag("overlap", "How long the old key stays valid. Default: 24h.", &overlap)},
		do: func(ctx context.Context, op control.Operator, id string) error {
			made, err := op.RotateKey(ctx, id, overlap)
			return printed(e.Stdout, made.Secret, err)
		},
	}
}

func listKeys(e cli.Env) operatorCommand {
	asJSON := false
	return operatorCommand{
		name: "keys list",
		own: []config.Flag{{Name: "json", Doc: "Print a JSON array.", Switch: true, Set: func(string) error {
			asJSON = true
			return nil
		}}},
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
	}
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
	_, err := fmt.Fprintln(t, "ID\tOWNER\tPLAN\tSCOPES\tCREATED\tEXPIRES\tREVOKED\tNAME")
	for _, k := range all {
		_, e := fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Owner, k.Plan, strings.Join(k.Scopes, ","),
			moment(k.Created), moment(k.Expires), moment(k.Revoked), k.Name)
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
