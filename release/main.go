// Command release makes what a release consists of: for each system an archive with
// the program, what it is made of and under which licences, and the sums of all. It
// takes the sources from the last commit, never from the working tree, and makes
// everything twice, in two folders with two caches, and refuses what differs. It
// publishes nothing.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// sumsName is the file of sums, as sha256sum -c reads it.
const sumsName = "SHA256SUMS"

// An order is what is to be made.
type order struct {
	repo    string // the repository
	out     string // the folder of what is made; it is made, and emptied if a release made it
	once    bool   // nothing is made twice
	targets []target
	log     io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1) //nolint:forbidigo // the main function of a program
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	o := order{repo: ".", log: log}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.out, "out", "dist", "folder of what is made")
	flags.BoolVar(&o.once, "once", false, "make everything once only: quicker, and nothing is known of its bytes")
	names := flags.String("targets", "", "systems and processors, such as linux/amd64,windows/arm64; all if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there is no argument %q", flags.Arg(0))
	}
	var err error
	if o.targets, err = parseTargets(*names); err != nil {
		return err
	}
	return o.do(ctx)
}

// do makes a release; on an error there is no file of sums.
func (o *order) do(ctx context.Context) (err error) {
	if err := empty(o.out); err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil { //nolint:gosec // what is made is for everybody
		return fmt.Errorf("make the folder %s: %w", o.out, err)
	}
	tmp, err := os.MkdirTemp("", "claimcheck-release-")
	if err != nil {
		return fmt.Errorf("make a folder for the builds: %w", err)
	}
	defer func() { err = errors.Join(err, removeAll(tmp)) }()
	from, err := identify(ctx, o.repo)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(o.log, "claimcheck %s, commit %s\n", from.version, from.commit)
	benches, err := o.benches(ctx, tmp, from)
	if err != nil {
		return err
	}
	var sums []string
	for _, t := range o.targets {
		made, err := o.makeTarget(ctx, benches, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		sums = append(sums, made...)
	}
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[sha256.Size*2:], b[sha256.Size*2:]) })
	return write(filepath.Join(o.out, sumsName), []byte(strings.Join(sums, "\n")+"\n"))
}

// benches are where everything is built: one, or two that have nothing in common
// but the commit.
func (o *order) benches(ctx context.Context, tmp string, from identity) ([]bench, error) {
	all := []bench{{folder: filepath.Join(tmp, "one"), from: from}}
	if !o.once {
		all = append(all, bench{
			folder: filepath.Join(tmp, "another folder", "deeper", "two"), cache: filepath.Join(tmp, "cache"),
			umask: "077", environ: []string{"TZ=Asia/Kathmandu", "LC_ALL=C", "HOSTNAME=elsewhere"}, from: from,
		})
	}
	for _, b := range all {
		if err := export(ctx, o.repo, from.commit, b.folder); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// makeTarget makes the files of a target on each bench, and keeps the first's if
// the others' are the same. It returns their lines of the file of sums.
func (o *order) makeTarget(ctx context.Context, benches []bench, t target) (sums []string, err error) {
	var first []product
	for i, b := range benches {
		made, err := b.make(ctx, t)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = made
			continue
		}
		for j := range first {
			if err := same(first[j], made[j]); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range first {
		if p.inside {
			continue
		}
		if err := write(filepath.Join(o.out, p.name), p.content); err != nil {
			return nil, err
		}
		sums = append(sums, fmt.Sprintf("%x  %s", sha256.Sum256(p.content), p.name))
		_, _ = fmt.Fprintf(o.log, "%s, %d bytes, made %s\n", p.name, len(p.content), map[bool]string{true: "once", false: "twice, the same"}[o.once])
	}
	return sums, nil
}

// empty removes what an earlier release has left in a folder; one with anything else is
// refused, and left as it is.
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.Name() != sumsName && !strings.HasPrefix(e.Name(), "claimcheck") {
			return fmt.Errorf("%s has %s, which is of no release: name an empty folder", folder, e.Name())
		}
	}
	if err == nil {
		err = os.RemoveAll(folder)
	}
	if err != nil {
		return fmt.Errorf("empty the folder %s: %w", folder, err)
	}
	return nil
}

func write(name string, content []byte) error {
	if err := os.WriteFile(name, content, 0o644); err != nil { //nolint:gosec // what is made is for everybody
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// removeAll removes the folder of the builds.
func removeAll(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove the folder of the builds: %w", err)
	}
	return nil
}
