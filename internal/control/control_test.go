package control_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/care"
	"claimcheck/internal/control"
	"claimcheck/internal/fault"
)

// A fakeOperator remembers what it was asked.
type fakeOperator struct{ asked []string }

func (f *fakeOperator) CreateKey(_ context.Context, k auth.NewKey) (control.Created, error) {
	if k.Owner == "" {
		return control.Created{}, fault.New(fault.Invalid, "INVALID_OWNER", "no owner")
	}
	f.asked = append(f.asked, "create "+k.Owner+" "+k.Expires.String())
	return control.Created{Secret: "s3cret", Key: account.Key{ID: "key_1", Owner: k.Owner}}, nil
}

func (f *fakeOperator) Keys(context.Context) ([]account.Key, error) {
	return []account.Key{{ID: "key_1", Scopes: []string{"read"}, Created: time.Unix(5, 0).UTC()}}, nil
}

func (f *fakeOperator) RevokeKey(_ context.Context, id string) error {
	f.asked = append(f.asked, "revoke "+id)
	return errors.New("disk on fire")
}

func (f *fakeOperator) RotateKey(_ context.Context, id string, overlap time.Duration) (control.Created, error) {
	f.asked = append(f.asked, "rotate "+id+" "+overlap.String())
	return control.Created{Secret: "new"}, nil
}

func (f *fakeOperator) RotateSecrets(context.Context) (string, error) { return "abcd", nil }

func (f *fakeOperator) Audit(_ context.Context, since time.Time, limit int) ([]account.AuditRow, error) {
	f.asked = append(f.asked, fmt.Sprint("audit ", since.Unix(), " ", limit))
	return []account.AuditRow{{N: 7, At: time.Unix(5, 0).UTC(), Key: "key_1", Owner: "ops", Action: "a.b", Target: "t", RequestID: "r"}}, nil
}

func (f *fakeOperator) Backup(_ context.Context, dest string) (control.Copied, error) {
	f.asked = append(f.asked, "backup "+dest)
	return control.Copied{Files: 3, Bytes: 1 << 40}, nil
}

func (f *fakeOperator) Doctor(_ context.Context, repair bool) (care.Report, error) {
	if repair {
		return care.Report{}, fault.New(fault.Unavailable, "UNAVAILABLE", "no room").Because(errors.New("the disk is full"))
	}
	return care.Report{Files: 7, Lost: []string{"outputs/a"}}, nil
}

func TestCopiesAndReportsComeBack(t *testing.T) {
	dir, op := t.TempDir(), &fakeOperator{}
	wait, err := control.Serve(t.Context(), dir, op)
	if err != nil {
		t.Fatal(err)
	}
	defer wait()
	c := control.Dial(dir)
	if got, err := c.Backup(t.Context(), "copy"); err != nil || got.Files != 3 || got.Bytes != 1<<40 {
		t.Errorf("backup: %+v, %v", got, err)
	}
	if len(op.asked) != 1 || !strings.HasPrefix(op.asked[0], "backup /") {
		t.Errorf("asked %q, want a path that does not depend on where the command was", op.asked)
	}
	if got, err := c.Doctor(t.Context(), false); err != nil || got.Files != 7 || len(got.Lost) != 1 {
		t.Errorf("doctor: %+v, %v", got, err)
	}
	_, err = c.Doctor(t.Context(), true)
	if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.Message != "no room" || f.Cause == nil || f.Cause.Error() != "the disk is full" {
		t.Errorf("a refusal arrives as %v, want it with its cause", err)
	}
}

func TestCommandsReachTheServer(t *testing.T) {
	dir, op := t.TempDir(), &fakeOperator{}
	ctx, cancel := context.WithCancel(t.Context())
	wait, err := control.Serve(ctx, dir, op)
	if err != nil {
		t.Fatal(err)
	}
	defer wait()
	info, err := os.Stat(control.SocketPath(dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, err %v; want 0600", info.Mode(), err)
	}
	c := control.Dial(dir)
	made, err := c.CreateKey(ctx, auth.NewKey{Owner: "ann", Expires: time.Hour})
	if err != nil || made.Secret != "s3cret" || made.Key.Owner != "ann" {
		t.Errorf("create: %+v, %v", made, err)
	}
	if _, err := c.CreateKey(ctx, auth.NewKey{}); !fault.IsCode(err, "INVALID_OWNER") || fault.KindOf(err) != fault.Invalid {
		t.Errorf("a refusal arrives as %v", err)
	}
	all, err := c.Keys(ctx)
	if err != nil || len(all) != 1 || all[0].Created.Unix() != 5 || all[0].Scopes[0] != "read" {
		t.Errorf("list: %+v, %v", all, err)
	}
	if err := c.RevokeKey(ctx, "key_1"); err == nil || err.Error() != "disk on fire" {
		t.Errorf("the operator is told what went wrong, got %v", err)
	}
	if made, err := c.RotateKey(ctx, "key_1", time.Minute); err != nil || made.Secret != "new" {
		t.Errorf("rotate: %+v, %v", made, err)
	}
	if id, err := c.RotateSecrets(ctx); err != nil || id != "abcd" {
		t.Errorf("rotate secrets: %s, %v", id, err)
	}
	if got, want := strings.Join(op.asked, ", "), "create ann 1h0m0s, revoke key_1, rotate key_1 1m0s"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	cancel()
	wait()
	if _, err := c.Keys(t.Context()); err == nil {
		t.Error("the socket answers after its end")
	}
}

func TestADeadSocketIsReplacedAndALongPathIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(control.SocketPath(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wait, err := control.Serve(t.Context(), dir, &fakeOperator{})
	if err != nil {
		t.Fatal(err)
	}
	wait()
	if _, err := control.Serve(t.Context(), dir+strings.Repeat("/x", 60), &fakeOperator{}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v, want one sentence about the path", err)
	}
}
