// Package submit is the command that hands in work and fetches what comes of it:
// its flags, what it says, how it ends. What is done is package handin's.
package submit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
	"claimcheck/internal/handin"
	"claimcheck/internal/resume"
	"claimcheck/internal/terminal"
)

const submitHelp = `Hands each input in as a job of its own, waits for the jobs, and prints the outputs
on standard output, in the order of the inputs; everything else goes to standard
error. An input is a file, - for standard input (which is also read where no input is
named and something is piped in), or an address that the job fetches.

-o FILE writes the output of the one input into that file; -o FOLDER, or a name that
ends in a slash, those of all inputs into that folder, which is made, as the input's
name with the output's extension, a second of the same name with -2. Files that are
there already are not replaced without --force. An output is there under its name, or
printed, only when it is whole and has the digest that the server tells.

--option NAME=VALUE is an option of the tool, for instance tab-space=2; claimcheck
tools TOOL lists them.

Several inputs are under way at a time. Where the plan allows less, the server is
obeyed. --wait ends the waiting, not the jobs. After Ctrl-C on a terminal it asks
whether the jobs are to be left or cancelled; elsewhere they are left. The same
command with --resume goes on with the same jobs, as far as their inputs have the same
bytes; others are handed in anew.

It exits with 0 if all outputs are there (with --async: if all jobs were accepted),
with 1 if a job has failed or was cancelled, with 2 if the command line is wrong or a
file is in the way, with 3 if the server refused (key, quota, limits), with 4 if the
server or the network failed or the time of --wait was over, with 130 after Ctrl-C.
Where several go wrong it is the greatest.

--json prints for each input one object a line instead of the outputs, see
docs/guides/shell.md.

--lines FILE hands in each line of a file of JSON values (NDJSON, at most 1,000 lines,
- for standard input) as a job of its own, all in one call, and prints what became of
each as one object a line; it does not wait. It exits with 3 if one was refused.`

// Command is the command that hands in work and fetches what comes of it.
func Command(e *cli.Env) *cobra.Command {
	var s submission
	cmd := &cobra.Command{
		Use:   "submit TOOL [FILE...|-|URL] [-o FILE|FOLDER]",
		Short: "hand in work and fetch what comes of it",
		Long:  submitHelp,
		Example: `  claimcheck submit json-formatter data.json --option tab-space=2 >pretty.json
  claimcheck submit json-minify *.json -o out/
  curl -s https://example.org/data.json | claimcheck submit json-formatter | less
  claimcheck submit json-minify --lines all.ndjson --group nightly | jq -r .job_id`,
		ValidArgsFunction: s.server.CompleteTool(e),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.lines != "" {
				return s.runLines(cmd.Context(), args, e)
			}
			if s.allOrNothing {
				return cli.UsageError("--all-or-nothing is said of --lines FILE")
			}
			return s.run(cmd.Context(), args, e)
		},
	}
	s.server.AddTo(cmd, e)
	f := cmd.Flags()
	f.StringVarP(&s.out, "output", "o", "", "Write into this `FILE|FOLDER`; - is standard output.")
	f.BoolVar(&s.force, "force", false, "Replace files that are there already.")
	f.StringArrayVar(&s.options, "option", nil, "An option of the tool, `NAME=VALUE`; may be given several times.")
	f.BoolVar(&s.async, "async", false, "Do not wait: print the IDs of the jobs, one a line.")
	f.DurationVar(&s.waitFor, "wait", 0, "Wait no longer than this, for instance 90s or 10m. Default: for as long as it takes.")
	f.StringVar(&s.webhook, "webhook", "", "Have this `URL` called when a job ends.")
	f.StringArrayVar(&s.metadata, "metadata", nil, "Kept with the jobs and told with them, `NAME=VALUE`; up to 16 times.")
	f.IntVar(&s.priority, "priority", 0, "-10 to 10: of your jobs those of higher priority come first.")
	f.StringVar(&s.at, "at", "", "Do not begin before this `TIME`: 2026-12-24T18:00:00+01:00, Unix seconds, or from now, for instance 90m.")
	f.DurationVar(&s.retention, "retention", 0, "Keep the jobs and their files for so long after their end, for instance 10m: from 1m to what the plan allows.")
	f.DurationVar(&s.retentionFailed, "retention-failed", 0, "The same of jobs that fail. Default: as --retention.")
	f.StringVar(&s.group, "group", "", "The jobs belong to the group of this `NAME`; claimcheck groups tells how it stands.")
	f.StringVar(&s.startBy, "start-by", "", "End a job that has not begun by this `TIME`, uncharged: as --at.")
	f.StringVar(&s.finishBy, "finish-by", "", "End a job that is not finished by this `TIME`: as --at.")
	f.BoolVar(&s.deleteOnRead, "delete-on-read", false, "Have the server remove jobs and their files a minute after their outcome was fetched.")
	f.StringVar(&s.outputURL, "output-url", "", "Have the output of the one input put to this `URL`, for instance a presigned one.")
	f.StringVar(&s.outputName, "output-name", "", "What those who download the output of the one input save it as, a `NAME`.")
	f.StringVar(&s.idempotencyKey, "idempotency-key", "", "Name the submission of the one input: the same `KEY` within 24 hours is the same job.")
	f.StringVar(&s.lines, "lines", "", "Hand in each line of this `FILE` of JSON values as a job, in one call, and print what became of each; - is standard input.")
	f.BoolVar(&s.allOrNothing, "all-or-nothing", false, "With --lines: accept no line if one is refused.")
	f.BoolVar(&s.resume, "resume", false, "Go on with what the same command has handed in before.")
	f.BoolVar(&s.asJSON, "json", false, "Print for each input one object a line.")
	f.BoolVar(&s.quiet, "quiet", false, "Show no progress and no summary, only what goes wrong.")
	return cmd
}

// A submission is what the command submit is asked for.
type submission struct {
	server cli.Server

	out             string
	force           bool
	options         []string
	async           bool
	waitFor         time.Duration
	webhook         string
	metadata        []string
	group           string
	priority        int
	at              string
	startBy         string
	finishBy        string
	retention       time.Duration
	retentionFailed time.Duration
	deleteOnRead    bool
	outputName      string
	outputURL       string
	idempotencyKey  string
	lines           string // name of a file of lines; empty for inputs of their own
	allOrNothing    bool
	resume          bool
	asJSON          bool
	quiet           bool
}

func (s *submission) run(ctx context.Context, args []string, e *cli.Env) error {
	tool, names, err := s.check(args, e)
	if err != nil {
		return err
	}
	order := &handin.Order{Async: s.async, WaitFor: s.waitFor, Resume: s.resume}
	if order.Options, err = s.clientOptions(time.Now()); err != nil {
		return err
	}
	if order.To, err = s.sink(names); err != nil {
		return err
	}
	usage, err := s.meet(ctx, tool, order, e)
	if err != nil {
		return err
	}
	spool, err := os.MkdirTemp("", "claimcheck-submit-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(spool) //nolint:errcheck // the system tidies its folder too
	if order.To.File == "" && order.To.Folder == "" && !s.asJSON && !s.async {
		order.To.Spool = spool
	}
	inputs, err := handin.Inputs(ctx, names, e.Stdin, spool)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	items, err := order.Items(ctx, inputs)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	if err := s.room(items, usage); err != nil {
		return err
	}
	if err := order.Plan(items); err != nil {
		return cli.UsageError("%v", err)
	}
	if order.To.Folder != "" {
		if err := os.MkdirAll(order.To.Folder, 0o755); err != nil { //nolint:gosec // as mkdir makes them
			return cannotMake(order.To.Folder, err)
		}
	}
	return s.handIn(ctx, order, items, e)
}

// interruptedOr is a usage error, unless the command was interrupted.
func interruptedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &cli.ExitError{Code: cli.ExitInterrupted, What: "interrupted; nothing was handed in"}
	}
	return cli.UsageError("%v", err)
}

func cannotMake(folder string, err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err
	}
	return cli.UsageError("cannot make the folder %v: %v", foreign.Text(folder), err)
}

// check judges the command line as far as nobody need be asked.
func (s *submission) check(args []string, e *cli.Env) (tool string, names []string, err error) {
	if len(args) == 0 {
		return "", nil, cli.UsageError("submit needs the name of a tool; claimcheck tools lists them")
	}
	tool, names = args[0], args[1:]
	if len(names) == 0 {
		if e.Stdin == nil || terminalIn(e) != nil {
			return "", nil, cli.UsageError("submit needs a file, an address, or - for standard input")
		}
		names = []string{handin.Stdin}
	}
	switch {
	case s.async && s.out != "":
		return "", nil, cli.UsageError("--async does not wait for outputs: leave -o out, and fetch them with claimcheck download")
	case s.async && s.waitFor != 0:
		return "", nil, cli.UsageError("--async does not wait: leave --wait out")
	case s.waitFor < 0:
		return "", nil, cli.UsageError("--wait is a time to come, for instance 10m")
	case s.idempotencyKey != "" && len(names) > 1:
		return "", nil, cli.UsageError("--idempotency-key names one submission: name one input")
	case s.outputURL != "" && len(names) > 1:
		return "", nil, cli.UsageError("--output-url is for one output: name one input")
	case s.outputName != "" && len(names) > 1:
		return "", nil, cli.UsageError("--output-name names one output: name one input")
	}
	if err := handin.Check(names); err != nil {
		return "", nil, cli.UsageError("%v", err)
	}
	return tool, names, nil
}

// terminalIn is the terminal on which can be asked, nil if there is none.
func terminalIn(e *cli.Env) *os.File {
	if f, ok := e.Stdin.(*os.File); ok && terminal.Is(f) {
		return f
	}
	return nil
}

// sink says where outputs go.
func (s *submission) sink(names []string) (handin.Sink, error) {
	to := handin.Sink{Force: s.force}
	switch {
	case s.out == "" || s.out == "-":
		return to, nil
	case isFolder(s.out):
		to.Folder = s.out
	case len(names) > 1:
		return to, cli.UsageError("-o %v: several inputs need a folder: -o %v/", foreign.Text(s.out), foreign.Text(s.out))
	default:
		to.File = s.out
		if err := parentOf(s.out); err != nil {
			return to, cli.UsageError("-o %v: %v", foreign.Text(s.out), err)
		}
	}
	return to, nil
}

func isFolder(name string) bool {
	if os.IsPathSeparator(name[len(name)-1]) {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// meet asks the server for the tool and the owner, once: a server that is not there
// is told at once. Everything after that is patient.
func (s *submission) meet(ctx context.Context, tool string, order *handin.Order, e *cli.Env) (api.Usage, error) {
	address, key, err := s.server.Resolve("submit", e)
	if err != nil {
		return api.Usage{}, err
	}
	first, err := s.server.ClientOf(address, key, client.WithFailFast())
	if err != nil {
		return api.Usage{}, err
	}
	all, err := first.Tools(ctx)
	if err != nil {
		return api.Usage{}, cli.Ended(ctx, err)
	}
	if order.Tool, err = toolOf(all, tool); err != nil {
		return api.Usage{}, err
	}
	if order.Options.Headers, err = optionHeaders(&order.Tool, s.options); err != nil {
		return api.Usage{}, err
	}
	usage, err := first.Usage(ctx)
	if err != nil {
		return usage, cli.Ended(ctx, err)
	}
	order.Client, err = s.server.ClientOf(address, key, client.WithTries(patientTries))
	if err != nil {
		return usage, cli.UsageError("%s", err)
	}
	notes, err := resume.In(e.ConfigDir)
	switch {
	case err == nil:
		notes.Tidy(time.Now())
		order.Notes = &notes
	case s.resume:
		return usage, cli.UsageError("--resume: %v", err)
	}
	order.Same = s.same(address, usage.Owner, order)
	return usage, nil
}

// patientTries is how often a request is made that finds no answer: for about two
// minutes, the time of a server's restart.
const patientTries = 8

// same is what makes two submissions of the same input the same.
func (s *submission) same(address, owner string, o *handin.Order) []string {
	parts := []string{
		"1", strings.TrimRight(address, "/"), owner, o.Tool.Name, fmt.Sprint(s.priority), s.at, s.webhook, s.idempotencyKey,
	}
	if s.startBy != "" || s.finishBy != "" {
		parts = append(parts, "deadlines", s.startBy, s.finishBy)
	}
	parts = append(parts, sortedPairs(o.Options.Headers)...)
	parts = append(append(parts, "metadata"), sortedPairs(o.Options.Metadata)...)
	if s.group != "" {
		parts = append(parts, "group", s.group)
	}
	return append(parts, s.kept()...)
}

// room refuses more jobs than the month has room for, before any is handed in.
func (s *submission) room(items []*handin.Item, u api.Usage) error {
	fresh := int64(0)
	for _, it := range items {
		if it.Fresh() {
			fresh++
		}
	}
	left := max(u.Jobs.Limit-u.Jobs.Used, 0)
	if u.Jobs.Limit == 0 || fresh <= left {
		return nil
	}
	these := "this is 1 new job"
	if fresh > 1 {
		these = fmt.Sprintf("these are %d new jobs", fresh)
	}
	return &cli.ExitError{Code: cli.ExitRefused, What: fmt.Sprintf("%s, and the month's quota has room for %d until %s; nothing was handed in",
		these, left, time.Unix(u.Period.End, 0).UTC().Format("2006-01-02"))}
}
