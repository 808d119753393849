package rig

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Query runs SQL on a database and scans the one row that it returns, if any is
// asked for.
func Query(ctx context.Context, db, sql string, into ...any) error {
	c, err := pgx.Connect(ctx, db)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = c.Close(ctx) }() // it has nothing to lose
	if len(into) == 0 {
		_, err = c.Exec(ctx, sql)
	} else {
		err = c.QueryRow(ctx, sql).Scan(into...)
	}
	return err
}

// Database makes an empty database; one that is there is used again if keep is
// set.
func (b *Rig) Database(ctx context.Context, name string, keep bool) (string, error) {
	u, err := url.Parse(b.Store)
	if err != nil {
		return "", fmt.Errorf("read --store: %w", err)
	}
	u.Path = "/" + name
	if keep && Query(ctx, u.String(), "SELECT 1") == nil {
		return u.String(), nil
	}
	if err := Query(ctx, b.Store, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return "", fmt.Errorf("remove database %s: %w", name, err)
	}
	if err := Query(ctx, b.Store, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	return u.String(), nil
}

// ServeShared makes a key and starts a server on a database.
func (b *Rig) ServeShared(ctx context.Context, db, roles string, flags ...string) (*Server, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, b.Program, "keys", "create", "--owner", Owner, "--plan", Plan, "--store", db, "--config", b.configPath()) //nolint:gosec // our own program
	cmd.Stderr = &stderr
	key, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w: %s", err, &stderr)
	}
	data, err := b.NewFolder()
	if err != nil {
		return nil, err
	}
	p, err := b.Start(ctx, data, append([]string{"--store", db, "--blobs", "file://" + filepath.Join(b.Dir, "files"), "--roles", roles}, flags...)...)
	if err != nil {
		return nil, err
	}
	return &Server{Process: p, data: data, Key: strings.TrimSpace(string(key)), Client: NewClient()}, nil
}
