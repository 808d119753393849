package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// devVersion is the version of a commit without a tag.
const devVersion = "0.0.0-dev"

// An identity says which sources something is made from.
type identity struct {
	version string    // of the tag v1.2.3 that the commit has, without the v; or devVersion
	commit  string    // 40 hexadecimal digits
	at      time.Time // of the commit, in UTC: the time of all that is made (SOURCE_DATE_EPOCH)
}

// identify asks git for the last commit.
func identify(ctx context.Context, repo string) (identity, error) {
	out, err := git(ctx, repo, "log", "-1", "--format=%H %ct")
	if err != nil {
		return identity{}, err
	}
	commit, seconds, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return identity{}, fmt.Errorf("git says that the commit is of %q", seconds)
	}
	tags, err := git(ctx, repo, "tag", "--points-at", commit, "--list", "v[0-9]*", "--sort=-version:refname")
	if err != nil {
		return identity{}, err
	}
	return identity{version: versionOf(string(tags)), commit: commit, at: time.Unix(at, 0).UTC()}, nil
}

// versionOf is the version that the first of some tags stands for.
func versionOf(tags string) string {
	first, _, _ := strings.Cut(tags, "\n")
	if v := strings.TrimPrefix(strings.TrimSpace(first), "v"); v != "" {
		return v
	}
	return devVersion
}

func git(ctx context.Context, repo string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // all of it is said here
	cmd.Dir = repo
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return out, nil
}

// export writes the files of a commit into a new folder.
func export(ctx context.Context, repo, commit, folder string) error {
	out, err := git(ctx, repo, "archive", "--format=tar", commit)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // nothing secret is in it
		return fmt.Errorf("make the folder of the sources: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("open the folder of the sources: %w", err)
	}
	defer root.Close()
	for r := tar.NewReader(bytes.NewReader(out)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = unpack(root, h, r)
		}
		if err != nil {
			return fmt.Errorf("unpack the sources: %w", err)
		}
	}
}

func unpack(root *os.Root, h *tar.Header, from io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(filepath.Clean(h.Name), 0o755)
	case tar.TypeReg:
		f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, from)
		return errors.Join(err, f.Close())
	default: // the commit's name, links
		return nil
	}
}
