package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
)

// operatorFlags are the flags of every operator command; the rest of its line
// is read by a flag set of its own.
type operatorFlags struct {
	set  *flag.FlagSet
	data string
	file string
}

func newOperatorFlags(name string) *operatorFlags {
	f := &operatorFlags{set: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.set.SetOutput(io.Discard)
	f.set.StringVar(&f.data, "data", "", "")
	f.set.StringVar(&f.file, "config", "", "")
	return f
}

// parse reads flags and operands in any order; want is the number of operands.
func (f *operatorFlags) parse(args []string, want int, operand string) ([]string, error) {
	var operands []string
	for {
		if err := f.set.Parse(args); err != nil {
			return nil, usageError{fmt.Sprintf("claimcheck %s: %v", f.set.Name(), err)}
		}
		if args = f.set.Args(); len(args) == 0 {
			break
		}
		operands, args = append(operands, args[0]), args[1:]
	}
	switch {
	case len(operands) < want:
		return nil, usageError{fmt.Sprintf("claimcheck %s needs %s", f.set.Name(), operand)}
	case len(operands) > want:
		return nil, usageError{fmt.Sprintf("claimcheck %s does not take %q", f.set.Name(), operands[want])}
	}
	return operands, nil
}

// with calls do with an operator of the data folder.
func (f *operatorFlags) with(ctx context.Context, e env, do func(control.Operator) error) error {
	var args []string
	if f.data != "" {
		args = append(args, "--data="+f.data)
	}
	if f.file != "" {
		args = append(args, "--config="+f.file)
	}
	cfg, err := config.Load("keys", args, e.environ, os.ReadFile)
	if err != nil {
		return err
	}
	return app.WithOperator(ctx, cfg, do)
}

func keys(ctx context.Context, args []string, e env) error {
	if len(args) == 0 {
		return usageError{"claimcheck keys needs one of create, list, revoke, rotate"}
	}
	switch args[0] {
	case "create":
		return createKey(ctx, args[1:], e)
	case "list":
		return listKeys(ctx, args[1:], e)
	case "revoke":
		return revokeKey(ctx, args[1:], e)
	case "rotate":
		return rotateKey(ctx, args[1:], e)
	default:
		return usageError{fmt.Sprintf("there is no command keys %q", args[0])}
	}
}

func createKey(ctx context.Context, args []string, e env) error {
	f := newOperatorFlags("keys create")
	var k auth.NewKey
	var scopes, tools string
	f.set.StringVar(&k.Owner, "owner", "", "")
	f.set.StringVar(&k.Plan, "plan", "", "")
	f.set.StringVar(&k.Name, "name", "", "")
	f.set.DurationVar(&k.Expires, "expires", 0, "")
	f.set.StringVar(&scopes, "scopes", "", "")
	f.set.StringVar(&tools, "tools", "", "")
	if _, err := f.parse(args, 0, ""); err != nil {
		return err
	}
	if k.Owner == "" {
		return usageError{"claimcheck keys create needs --owner NAME"}
	}
	k.Scopes, k.Tools = list(scopes), list(tools)
	return f.with(ctx, e, func(op control.Operator) error {
		made, err := op.CreateKey(ctx, k)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.stdout, made.Secret)
		return err
	})
}

// list splits a comma-separated value; empty parts do not count.
func list(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

func revokeKey(ctx context.Context, args []string, e env) error {
	f := newOperatorFlags("keys revoke")
	ids, err := f.parse(args, 1, "the ID of a key; claimcheck keys list shows them")
	if err != nil {
		return err
	}
	return f.with(ctx, e, func(op control.Operator) error { return op.RevokeKey(ctx, ids[0]) })
}

func rotateKey(ctx context.Context, args []string, e env) error {
	f := newOperatorFlags("keys rotate")
	overlap := f.set.Duration("overlap", 24*time.Hour, "")
	ids, err := f.parse(args, 1, "the ID of a key; claimcheck keys list shows them")
	if err != nil {
		return err
	}
	return f.with(ctx, e, func(op control.Operator) error {
		made, err := op.RotateKey(ctx, ids[0], *overlap)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.stdout, made.Secret)
		return err
	})
}

// keyJSON is a key as keys list --json prints it; times are Unix seconds, null
// where there is none.
type keyJSON struct {
	ID        string   `json:"id"`
	Owner     string   `json:"owner"`
	Plan      string   `json:"plan"`
	Name      string   `json:"name"`
	Scopes    []string `json:"scopes"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt *int64   `json:"expires_at"`
	RevokedAt *int64   `json:"revoked_at"`
}

func listKeys(ctx context.Context, args []string, e env) error {
	f := newOperatorFlags("keys list")
	asJSON := f.set.Bool("json", false, "")
	if _, err := f.parse(args, 0, ""); err != nil {
		return err
	}
	return f.with(ctx, e, func(op control.Operator) error {
		all, err := op.Keys(ctx)
		if err != nil {
			return err
		}
		if *asJSON {
			return printKeysJSON(e.stdout, all)
		}
		return printKeys(e.stdout, all)
	})
}

func printKeysJSON(w io.Writer, all []account.Key) error {
	out := make([]keyJSON, len(all))
	for i, k := range all {
		out[i] = keyJSON{
			ID: k.ID, Owner: k.Owner, Plan: k.Plan, Name: k.Name, Scopes: k.Scopes,
			CreatedAt: k.Created.Unix(), ExpiresAt: unix(k.Expires), RevokedAt: unix(k.Revoked),
		}
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	_, err = fmt.Fprintln(w, string(b))
	return err
}

func unix(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}

func printKeys(w io.Writer, all []account.Key) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "ID\tOWNER\tPLAN\tSCOPES\tCREATED\tEXPIRES\tREVOKED\tNAME")
	for _, k := range all {
		_, e := fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Owner, k.Plan, strings.Join(k.Scopes, ","),
			day(k.Created), day(k.Expires), day(k.Revoked), k.Name)
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func secrets(ctx context.Context, args []string, e env) error {
	if len(args) == 0 || args[0] != "rotate" {
		return usageError{"claimcheck secrets needs rotate"}
	}
	f := newOperatorFlags("secrets rotate")
	if _, err := f.parse(args[1:], 0, ""); err != nil {
		return err
	}
	return f.with(ctx, e, func(op control.Operator) error {
		id, err := op.RotateSecrets(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.stdout, id)
		return err
	})
}
