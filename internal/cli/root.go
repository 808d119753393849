package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"claimcheck/internal/config"
)

// Program is the name of the program.
const Program = "claimcheck"

// A Group is some of the program's commands, which stand together in the help.
type Group struct {
	ID       string // one of those below
	Title    string // a heading of the help
	Commands []func(e *Env) *cobra.Command
}

// Groups of commands: whose they are.
const (
	ForCallers   = "callers"
	ForOperators = "operators"
)

// New makes the program's command of all others.
func New(e *Env, version string, groups []Group) *cobra.Command {
	root := &cobra.Command{
		Use:     Program,
		Short:   "hand in work, get a ticket, come back for the result",
		Example: "  claimcheck demo\n  claimcheck help serve",
		Version: version,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return UsageError("there is no command %s; %s%s help lists them", config.Shown(args[0]), meant(cmd, args[0], " "), Program)
			}
			return errors.Join(printHelp(e.Stderr, cmd), &ExitError{Code: ExitUsage})
		},
	}
	root.SetVersionTemplate(Program + " {{.Version}}\n")
	root.Flags().Bool("version", false, "Print the version.") // without a letter
	root.CompletionOptions.DisableDefaultCmd = true           // there is one of ours
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetHelpCommand(help(e))
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.ID, Title: g.Title})
		for _, command := range g.Commands {
			cmd := command(e)
			cmd.GroupID = g.ID
			root.AddCommand(cmd)
		}
	}
	root.InitDefaultHelpCmd() // that of ours
	return root
}

// Family makes a command that only has commands below it.
func Family(name, short, example string, below ...*cobra.Command) *cobra.Command {
	family := &cobra.Command{Use: name, Short: short, Example: example, Annotations: map[string]string{isFamily: ""}}
	family.AddCommand(below...)
	family.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		hint := ""
		if len(args) > 0 {
			hint = strings.TrimSuffix("; "+meant(cmd, args[0], ""), "; ")
		}
		return UsageError("%s needs one of %s%s", Path(cmd), strings.Join(names, ", "), hint)
	}
	return family
}

// Path is how a command is called, without the name of the program.
func Path(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), Program+" ")
}

// After keeps what the help of a command says below its flags.
func After(cmd *cobra.Command, text string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[after] = text
}

// Annotations of commands.
const (
	after    = "after"
	isFamily = "family"
)

// Execute runs the command that the arguments name, the root or one below it. The
// library prints nothing of its own: errors are returned, those of the command line
// as [UsageError], and help is printed on standard output in our form.
func Execute(ctx context.Context, root *cobra.Command, e *Env, args []string) error {
	var helping error
	settle(root)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(e.Stdin)
	root.SetOut(e.Stdout)
	root.SetErr(e.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { helping = printHelp(e.Stdout, cmd) })
	root.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	if cmd, own, err := root.Find(args); err == nil {
		if err := config.CheckValues(cmd.Flags(), own); err != nil {
			return UsageError("%s", err)
		}
	}
	return cmp.Or(root.ExecuteContext(ctx), helping)
}

// settle gives a command and those below it what all have: their arguments are
// judged by themselves, and flags are told in the order in which they were made.
func settle(cmd *cobra.Command) {
	if cmd.Args == nil {
		cmd.Args = cobra.ArbitraryArgs
	}
	cmd.DisableFlagsInUseLine = true
	cmd.Flags().SortFlags = false
	completeFiles(cmd)
	for _, c := range cmd.Commands() {
		settle(c)
	}
}

// flagError says what is wrong with flags, and what may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	what := config.FlagError(Path(cmd), err).Error()
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		switch unknown.GetSpecifiedShortnames() {
		case "elp": // of -help, as some programs have it
			return pflag.ErrHelp
		case "": // it has a whole name
			var names []string
			cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
			if hint := near("--"+unknown.GetSpecifiedName(), names); hint != "" {
				what += "; did you mean " + hint + "?"
			}
		}
	}
	return UsageError("%s", what)
}

// meant asks whether another command was meant, if there is one of a similar name.
func meant(cmd *cobra.Command, typed, end string) string {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	name := near(typed, names)
	if name == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?%s", name, end)
}

// near is the first of the names that a mistyped one may have meant, or empty.
func near(typed string, names []string) string {
	if strings.Trim(typed, "-") == "" {
		return ""
	}
	similar := cobra.Command{SuggestionsMinimumDistance: 2}
	for _, name := range names {
		similar.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	for _, name := range similar.SuggestionsFor(typed) {
		return name
	}
	return ""
}
