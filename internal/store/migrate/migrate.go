// Package migrate brings the schema of a database up to date: which steps there
// are, in which order, which of them a database lacks, and that one which a newer
// program has written is refused. How a step is applied, and where the version is
// kept, is the store's.
package migrate

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Step leads from one version of a schema to the next.
type Step struct {
	Version int    // that it leads to; the first one is 1
	Name    string // of its file
	SQL     string
}

// A Database is what steps are applied to.
type Database interface {
	// SchemaVersion is that of the last step applied, 0 for an empty database.
	SchemaVersion(ctx context.Context) (int, error)
	// ApplyStep applies a step and notes its version, in one transaction. It does
	// nothing and reports false if the database is not at the version before it any
	// more: another program was quicker.
	ApplyStep(ctx context.Context, s Step) (applied bool, err error)
}

// Steps reads the steps of a schema: one file each, whose name begins with its
// version and ends with .sql.
func Steps(files fs.FS, folder string) ([]Step, error) {
	names, err := fs.Glob(files, folder+"/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	slices.Sort(names)
	steps := make([]Step, len(names))
	for i, name := range names {
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
		s := Step{Version: i + 1, Name: path.Base(name), SQL: string(script)}
		digits := strings.IndexFunc(s.Name, func(r rune) bool { return r < '0' || r > '9' })
		if n, err := strconv.Atoi(s.Name[:digits]); err != nil || n != s.Version {
			return nil, fmt.Errorf("schema file %s should be that of version %d", s.Name, s.Version)
		}
		steps[i] = s
	}
	return steps, nil
}

// Lacking returns the steps that a database lacks. It refuses one that a newer
// program has written.
func Lacking(ctx context.Context, db Database, steps []Step) ([]Step, error) {
	have, err := db.SchemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if have > len(steps) {
		return nil, fmt.Errorf("the database has schema %d, this program knows %d: it was written by a newer version of claimcheck", have, len(steps))
	}
	return steps[have:], nil
}

// Up applies the steps that a database lacks, each in a transaction of its own,
// and returns those that it has applied. What was applied before an error stays:
// the next call goes on from there.
func Up(ctx context.Context, db Database, steps []Step) (applied []Step, err error) {
	for {
		lacking, err := Lacking(ctx, db, steps)
		if err != nil || len(lacking) == 0 {
			return applied, err
		}
		next := lacking[0]
		done, err := db.ApplyStep(ctx, next)
		if err != nil {
			return applied, fmt.Errorf("schema %s: %w", next.Name, err)
		}
		if done {
			applied = append(applied, next)
		}
	}
}

// Names returns the names of steps.
func Names(steps []Step) []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Name
	}
	return names
}
