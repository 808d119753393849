package cli

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/reach"
	"claimcheck/internal/terminal"
)

// What commands with a folder of their own share with those that are here.

// A Server is the one that a command calls, as its flags say.
type Server struct{ of server }

// AddTo gives a command the flags that every command for callers takes.
func (s *Server) AddTo(cmd *cobra.Command, e *Env) { s.of.addTo(cmd, e) }

// Resolve says which server is called and with which key.
func (s *Server) Resolve(command string, e *Env) (address, key string, err error) {
	return s.of.resolve(command, e)
}

// CompleteTool has the shell complete the first argument of a command to the name of
// a tool, and those behind it to files.
func (s *Server) CompleteTool(e *Env) cobra.CompletionFunc { return s.of.completeTool(e, true) }

// CompleteJobs has the shell complete arguments to jobs' ids.
func (s *Server) CompleteJobs(e *Env) cobra.CompletionFunc { return s.of.completeJobs(e) }

// AskOne returns the client of a command about one job, whose id it checks.
func (s *Server) AskOne(command string, ids []string, e *Env) (*client.Client, error) {
	return s.of.askOne(command, ids, e)
}

// Way is what the server that was resolved is called by, and over.
func (s *Server) Way(address string) (base string, over http.RoundTripper, err error) {
	return reach.To(address, s.of.ca)
}

// ClientOf returns a client of the server that was resolved.
func (s *Server) ClientOf(address, key string, more ...client.Option) (*client.Client, error) {
	return s.of.newClient(address, key, more...)
}

// CodeOf is the exit code that goes with a request's failure.
func CodeOf(err error) int { return codeOf(err) }

// Reason is the sentence for a request that failed; it is foreign text.
func Reason(err error) string { return reason(err) }

// Ended is how a command ends that failed so, or was interrupted meanwhile.
func Ended(ctx context.Context, err error) error { return ended(ctx, err) }

// Near is the first of the names that a mistyped one may have meant, or empty.
func Near(typed string, names []string) string { return near(typed, names) }

// Values says what an option of a tool can be.
func Values(o *api.ToolOption) string { return values(o) }

// PrintLine writes JSON in one line.
func PrintLine[T any](w io.Writer, v *T) error { return printLine(w, v) }

// ShowOn shows on a bar how a job is.
func ShowOn(bar *terminal.Bar, f *client.Full) { showOn(bar, f) }

// Above is the process's environment while bars are drawn: what is printed on the
// terminal stands above them.
func (e *Env) Above(bars *terminal.Bars) *Env { return e.above(bars) }

// Several does the same for each id, a few at a time, and shows what came of each
// in the order of the ids.
func Several(ctx context.Context, ids []string, do func(ctx context.Context, id string) error, show func(id string, err error) error) error {
	return several(ctx, ids, inFlight, func(ctx context.Context, id string) (struct{}, error) {
		return struct{}{}, do(ctx, id)
	}, func(id string, _ struct{}, err error) error { return show(id, err) })
}

// Client returns a client of the server, which waits as that says; one that cannot be
// reached in the beginning is told at once.
func (s *Server) Client(command string, e *Env) (*client.Client, error) {
	return s.of.client(command, e)
}

// PrintLines writes JSON, one line for each.
func PrintLines[T any](w io.Writer, all []T) error { return printLines(w, all) }

// PerID does the same for each id, a few at a time, shows what came of each in the
// order of the ids, and returns how the command ends; show returns the exit code that
// goes with what came.
func PerID[T any](ctx context.Context, e *Env, command string, ids []string, do func(ctx context.Context, id string) (T, error), show func(id string, got T) (code int, err error)) error {
	return perJob(ctx, e, command, ids, do, show)
}

// Moment is a time, in Unix seconds, as people read it where they are.
func Moment(unix int64) string { return moment(unix, time.Local) }

// Complete has the shell complete a flag that was made.
func Complete(cmd *cobra.Command, flag string, names cobra.CompletionFunc) {
	complete(cmd, flag, names)
}
