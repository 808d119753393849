package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Sleeper is the name of the configured tool.
const Sleeper = "sleeper"

// SlowTarget is somebody's service that takes a time for each request.
func SlowTarget(ctx context.Context, took time.Duration) (url string, stop func() error, err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start a target: %w", err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(took)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	})}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), s.Close, nil
}

// ServeTool starts the program on a fresh data folder with a configured tool, the Sleeper.
func (b *Rig) ServeTool(ctx context.Context, target string, flags ...string) (*Server, error) {
	return b.ServeToolWith(ctx, target, "", flags...)
}

// ServeToolWith is ServeTool with more settings of the tool, each on a line.
func (b *Rig) ServeToolWith(ctx context.Context, target, settings string, flags ...string) (*Server, error) {
	text := config + "tools:\n  - name: " + Sleeper + "\n    target: " + target + "\n" + settings
	if err := os.WriteFile(b.configPath(), []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	s, err := b.ServeNew(ctx, flags...)
	return s, errors.Join(err, b.writeConfig())
}

// KeyOf makes a key of another owner while the server runs.
func (b *Rig) KeyOf(ctx context.Context, s *Server, name string) (string, error) {
	key, err := exec.CommandContext(ctx, b.Program, "keys", "create", "--owner", name, "--plan", Plan, "--data", s.data).Output() //nolint:gosec // our own program
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return strings.TrimSpace(string(key)), nil
}

// CallTool hands a job in, and waits for its end if it is asked to.
func (s *Server) CallTool(ctx context.Context, key, prefer string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/"+Sleeper+"-api", strings.NewReader("x"))
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Prefer", prefer)
	_, err = Do(s.Client, req)
	return err
}
