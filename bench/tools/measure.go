package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"claimcheck/bench/table"
	"claimcheck/internal/fault"
)

// A row is a tool that is measured.
type row struct {
	tool    string
	options []string // header=value
	input   document
	most    int64 // bytes of the document, for tools that take no more or are slow; 0: any

	least  float64 // MB/s that are the target; 0: none
	memory int64   // bytes that are the most it may have; 0: no target

	usual []command
}

// A command is the usual program for the work of a tool.
type command struct {
	words []string // the program and its arguments; {in} is the path of the input, which else is its standard input, {dir} a folder
	most  int64    // bytes of the document, for what is slow; 0: as for ours
	input document // what it reads; the zero one: as ours
	times float64  // how many times as fast as it ours shall be; 0: no target

	samples []sample
}

// A bench is a run of measurements.
type bench struct {
	dir    string // of documents
	size   int64
	rounds int
	alone  bool
	made   map[string]int64 // sizes of documents, by their paths
}

// A sample is how a process did.
type sample struct {
	rate float64 // MB/s of its input
	peak int64   // bytes of memory, 0 if that is not known
}

// measureAll measures rows. One that breaks is reported in the end; the others are measured all the same.
func (b *bench) measureAll(ctx context.Context, chosen []row) (lines []table.Line, err error) {
	for _, r := range chosen {
		if ctx.Err() != nil {
			return lines, errors.Join(err, ctx.Err())
		}
		fmt.Fprintf(os.Stderr, "%s ...\n", r.tool)
		found, broken := b.measure(ctx, &r)
		if broken != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", r.tool, broken))
		}
		lines = append(lines, found...)
	}
	return lines, err
}

// measure measures a row, ours and the usual programs in turns.
func (b *bench) measure(ctx context.Context, r *row) ([]table.Line, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	all := []command{{words: append([]string{self, runCommand, r.tool}, r.options...), most: r.most, input: r.input}}
	var missing []table.Line
	for _, c := range r.usual {
		if c.input.ext == "" {
			c.input = r.input
		}
		if c.most == 0 {
			c.most = r.most
		}
		switch _, err := exec.LookPath(c.words[0]); {
		case b.alone:
		case err != nil:
			missing = append(missing, table.Line{What: r.tool, Other: c.words[0] + " is not installed"})
		default:
			all = append(all, c)
		}
	}
	for range b.rounds {
		for i := range all {
			s, err := b.sample(ctx, &all[i])
			if err != nil {
				return nil, err
			}
			all[i].samples = append(all[i].samples, s)
		}
	}
	return append(r.lines(all[0].samples, all[1:]), missing...), nil
}

// sample runs a command once.
func (b *bench) sample(ctx context.Context, c *command) (s sample, err error) {
	size := b.size
	if c.most > 0 {
		size = min(size, c.most)
	}
	path, err := b.document(ctx, c.input, size)
	if err != nil {
		return s, err
	}
	in, err := os.Open(path) //nolint:gosec // our own document
	if err != nil {
		return s, fmt.Errorf("open the document: %w", err)
	}
	defer in.Close()
	words := make([]string, len(c.words))
	for i, w := range c.words {
		words[i] = strings.NewReplacer("{in}", path, "{dir}", b.dir).Replace(w)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // programs of our own list
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &complaint
	cmd.WaitDelay = time.Second
	began := time.Now()
	s.peak, err = runWatched(cmd)
	took := time.Since(began)
	if err != nil {
		return s, fmt.Errorf("%s: %w: %.500s", strings.Join(c.words, " "), err, complaint.Bytes())
	}
	s.rate = float64(b.made[path]) / 1e6 / took.Seconds()
	return s, nil
}

// document returns the path of a document of about so many bytes, which is made at the first time.
func (b *bench) document(ctx context.Context, d document, size int64) (string, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("%s-%d.%s", d.name, size, d.ext))
	if _, ok := b.made[path]; ok {
		return path, nil
	}
	f, err := os.Create(path) //nolint:gosec // our own folder
	if err != nil {
		return "", fmt.Errorf("make a document: %w", err)
	}
	err = errors.Join(d.write(ctx, f, size), f.Close())
	if err != nil {
		return "", fmt.Errorf("make %s: %w", filepath.Base(path), explained(err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("make a document: %w", err)
	}
	b.made[path] = info.Size()
	return path, nil
}

// explained adds what a fault has beside its message.
func explained(err error) error {
	if f := fault.Of(err); f != nil {
		return fmt.Errorf("%w %v", err, f.Details)
	}
	return err
}

// lines are the results of a row, beside others measured as often.
func (r *row) lines(ours []sample, others []command) []table.Line {
	if len(others) == 0 {
		rates := rates(ours)
		return []table.Line{r.judged(table.Line{What: r.tool, Ours: told(ours), Result: fmt.Sprintf("%.0f MB/s", table.Median(rates)), Spread: table.Spread(rates)}, ours)}
	}
	var lines []table.Line
	for i, c := range others {
		var ratios []float64
		for n, s := range c.samples {
			ratios = append(ratios, ours[n].rate/s.rate)
		}
		middle := table.Median(ratios)
		l := table.Line{
			What: r.tool, Ours: told(ours), Other: called(c.words) + ": " + told(c.samples), Result: fmt.Sprintf("%.1f times as fast", middle),
			Spread: fmt.Sprintf("%.1f to %.1f", table.Quantile(ratios, 0), table.Quantile(ratios, 1)),
		}
		if c.times > 0 {
			l = l.Judged(middle >= c.times, fmt.Sprintf("≥ %v times", c.times))
		}
		if i == 0 {
			l = r.judged(l, ours)
		}
		lines = append(lines, l)
	}
	return lines
}

// judged adds the targets that do not compare.
func (r *row) judged(l table.Line, ours []sample) table.Line {
	reached, targets := l.Met != "not reached", []string{l.Target}
	if r.least > 0 {
		reached = reached && table.Median(rates(ours)) >= r.least
		targets = append(targets, fmt.Sprintf("≥ %.0f MB/s", r.least))
	}
	if r.memory > 0 {
		reached = reached && peak(ours) <= r.memory
		targets = append(targets, "≤ "+table.Megabytes(r.memory))
	}
	if len(targets) == 1 {
		return l
	}
	return l.Judged(reached, strings.TrimPrefix(strings.Join(targets, ", "), ", "))
}

// called is a program as the table has it, without what is only for this run.
func called(words []string) string {
	return "`" + strings.NewReplacer("{in}", "FILE", "{dir}", "DIR", "|", `\|`).Replace(strings.Join(words, " ")) + "`"
}

func told(all []sample) string {
	text := fmt.Sprintf("%.3g MB/s", table.Median(rates(all)))
	if m := peak(all); m > 0 {
		text += fmt.Sprintf(", %.0f MB", float64(m)/1e6)
	}
	return text
}

func rates(all []sample) (list []float64) {
	for _, s := range all {
		list = append(list, s.rate)
	}
	return list
}

func peak(all []sample) (most int64) {
	for _, s := range all {
		most = max(most, s.peak)
	}
	return most
}
