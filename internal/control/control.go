// Package control is how operator commands reach a running server: HTTP on a
// Unix socket in the data folder, which only the folder's owner can open. A
// command returns when the server has applied the change.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/care"
	"claimcheck/internal/fault"
)

const (
	socketName   = "control.sock"
	maxBody      = 1 << 20
	callTime     = 30 * time.Second
	maxSocketLen = 104 // of a Unix socket's path; the smallest limit of the systems we run on
)

// Operator is what operator commands can do: on the store itself (package app),
// or through a [Client] of the server that has the data folder.
type Operator interface {
	Pauser
	Keys
	RotateSecrets(ctx context.Context) (id string, err error)
	// Audit returns what was changed since a time, the newest first, at most limit
	// rows.
	Audit(ctx context.Context, since time.Time, limit int) ([]account.AuditRow, error)
	// Backup writes a copy of everything to a folder that is not there yet.
	Backup(ctx context.Context, dest string) (Copied, error)
	// Doctor compares rows and files, and repairs if that is wanted.
	Doctor(ctx context.Context, repair bool) (care.Report, error)
}

// Keys is what operators can do with keys.
type Keys interface {
	CreateKey(ctx context.Context, k auth.NewKey) (Created, error)
	Keys(ctx context.Context) ([]account.Key, error)
	RevokeKey(ctx context.Context, id string) error
	RotateKey(ctx context.Context, id string, overlap time.Duration) (Created, error)
}

// Copied says what a copy has beside the database.
type Copied struct {
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`
	Missing int   `json:"missing"` // files that were missing before
}

// Created is a new key and its secret, which is shown once.
type Created struct {
	Secret string
	Key    account.Key
}

// request is one command on the socket.
type request struct {
	Command string
	New     auth.NewKey
	ID      string
	Overlap time.Duration
	Dest    string
	Repair  bool
	Stop    stop
	Since   time.Time
	Limit   int
}

// response is its answer.
type response struct {
	Created Created
	Keys    []account.Key
	Audit   []account.AuditRow
	ID      string
	Copied  Copied
	Report  care.Report
	Stopped stopped
	Error   *failure
}

// failure is an error on its way: one for people, or any other, whose text is
// its message and which has no code.
type failure struct {
	Kind    fault.Kind
	Code    string
	Message string
	Cause   string // empty if there is none
}

func packed(err error) *failure {
	e := fault.Of(err)
	switch {
	case e == nil:
		return &failure{Message: err.Error()}
	case e.Cause == nil:
		return &failure{Kind: e.Kind, Code: e.Code, Message: e.Message}
	default:
		return &failure{Kind: e.Kind, Code: e.Code, Message: e.Message, Cause: e.Cause.Error()}
	}
}

func (f *failure) unpacked() error {
	switch {
	case f.Code == "":
		return errors.New(f.Message)
	case f.Cause == "":
		return fault.New(f.Kind, f.Code, "%s", f.Message)
	default:
		return fault.New(f.Kind, f.Code, "%s", f.Message).Because(errors.New(f.Cause))
	}
}

// SocketPath is the socket of a data folder.
func SocketPath(dataDir string) string { return filepath.Join(dataDir, socketName) }

// Serve answers commands on the data folder's socket until ctx is done. The
// caller has locked the folder, so that a socket found there is a dead one's.
func Serve(ctx context.Context, dataDir string, op Operator) (wait func(), err error) {
	path := SocketPath(dataDir)
	if len(path) >= maxSocketLen {
		return nil, fmt.Errorf("the path of the data folder is too long for a control socket: %d bytes, at most %d; use a shorter --data", len(path), maxSocketLen-1)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old control socket: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if runtime.GOOS != "windows" { // there it has the rights of the folder, and no mode
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("protect control socket: %w", err), l.Close())
		}
	}
	srv := &http.Server{Handler: handler(op), ReadHeaderTimeout: callTime}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // it ends by Close below; trouble shows at the client
	}()
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	return func() {
		stop()
		_ = srv.Close()
		<-done
	}, nil
}

func handler(op Operator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req request
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil {
			http.Error(w, "bad command", http.StatusBadRequest)
			return
		}
		res, err := run(r.Context(), op, req)
		if err != nil {
			res = response{Error: packed(err)}
		}
		_ = json.NewEncoder(w).Encode(res) // the command is gone if this fails
	})
}

func run(ctx context.Context, op Operator, req request) (res response, err error) {
	switch req.Command {
	case "create":
		res.Created, err = op.CreateKey(ctx, req.New)
	case "list":
		res.Keys, err = op.Keys(ctx)
	case "revoke":
		err = op.RevokeKey(ctx, req.ID)
	case "rotate":
		res.Created, err = op.RotateKey(ctx, req.ID, req.Overlap)
	case "rotate-secrets":
		res.ID, err = op.RotateSecrets(ctx)
	case "audit":
		res.Audit, err = op.Audit(ctx, req.Since, req.Limit)
	case "backup":
		res.Copied, err = op.Backup(ctx, req.Dest)
	case "doctor":
		res.Report, err = op.Doctor(ctx, req.Repair)
	default:
		known := false
		if res.Stopped, known, err = runStop(ctx, op, req.Command, req.Stop); !known {
			err = fault.New(fault.Invalid, "INVALID_REQUEST", "the server does not know the command %q; it may be older than this program", req.Command)
		}
	}
	return res, err
}

// A Client sends commands to the server that runs on a data folder.
type Client struct{ http *http.Client }

// Dial returns a client; it does not connect yet.
func Dial(dataDir string) *Client {
	var d net.Dialer
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.DialContext(ctx, "unix", SocketPath(dataDir))
		},
		DisableKeepAlives: true,
	}}}
}

// Answers tells whether a server takes commands on a data folder now.
func Answers(ctx context.Context, dataDir string) bool {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", SocketPath(dataDir))
	if err != nil {
		return false
	}
	_ = c.Close() // nothing was sent
	return true
}

func (c *Client) call(ctx context.Context, req request) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return c.callPatiently(ctx, req)
}

// callPatiently is call for what takes as long as it takes.
func (c *Client) callPatiently(ctx context.Context, req request) (response, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return response{}, fmt.Errorf("encode command: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/", bytes.NewReader(body))
	if err != nil {
		return response{}, fmt.Errorf("make command: %w", err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return response{}, fmt.Errorf("reach the running server: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return response{}, fmt.Errorf("read the server's answer: %w", err)
	}
	var res response
	if err := json.Unmarshal(text, &res); err != nil {
		return response{}, fmt.Errorf("understand the server's answer: %w", err)
	}
	if res.Error != nil {
		return response{}, res.Error.unpacked()
	}
	return res, nil
}

// CreateKey makes a key.
func (c *Client) CreateKey(ctx context.Context, k auth.NewKey) (Created, error) {
	res, err := c.call(ctx, request{Command: "create", New: k})
	return res.Created, err
}

// Keys lists all keys, oldest first.
func (c *Client) Keys(ctx context.Context) ([]account.Key, error) {
	res, err := c.call(ctx, request{Command: "list"})
	return res.Keys, err
}

// RevokeKey ends a key at once.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{Command: "revoke", ID: id})
	return err
}

// RotateKey makes a key that replaces another, which stays valid for overlap.
func (c *Client) RotateKey(ctx context.Context, id string, overlap time.Duration) (Created, error) {
	res, err := c.call(ctx, request{Command: "rotate", ID: id, Overlap: overlap})
	return res.Created, err
}

// RotateSecrets makes a new signing secret and returns its id.
func (c *Client) RotateSecrets(ctx context.Context) (string, error) {
	res, err := c.call(ctx, request{Command: "rotate-secrets"})
	return res.ID, err
}

// Audit returns what was changed since a time, the newest first.
func (c *Client) Audit(ctx context.Context, since time.Time, limit int) ([]account.AuditRow, error) {
	res, err := c.call(ctx, request{Command: "audit", Since: since, Limit: limit})
	return res.Audit, err
}

// Backup writes a copy of everything to a folder, which the server makes.
func (c *Client) Backup(ctx context.Context, dest string) (Copied, error) {
	dest, err := filepath.Abs(dest) // the server may have another working folder
	if err != nil {
		return Copied{}, fmt.Errorf("find the folder of the copy: %w", err)
	}
	res, err := c.callPatiently(ctx, request{Command: "backup", Dest: dest})
	return res.Copied, err
}

// Doctor compares rows and files, and repairs if that is wanted.
func (c *Client) Doctor(ctx context.Context, repair bool) (care.Report, error) {
	res, err := c.callPatiently(ctx, request{Command: "doctor", Repair: repair})
	return res.Report, err
}
