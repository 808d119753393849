package cli

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/profile"
)

// Completion is the command that prints what has a shell complete command lines.
func Completion(e *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "print what has a shell complete commands, flags, tools and profiles",
		Long: `Prints a script that has the shell complete commands and flags, the names of
profiles, and those of tools, which the server is asked for.`,
		Example: `  source <(claimcheck completion bash)
  claimcheck completion zsh >"${fpath[1]}/_claimcheck"
  claimcheck completion fish >~/.config/fish/completions/claimcheck.fish
  claimcheck completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: []cobra.Completion{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return UsageError("completion needs one of bash, zsh, fish and powershell")
			}
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(e.Stdout)
			case "fish":
				return root.GenFishCompletion(e.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(e.Stdout)
			default:
				return UsageError("completion knows no shell %q: it needs one of bash, zsh, fish and powershell", args[0])
			}
		},
	}
}

// completionTime is how long a server is asked for what a shell completes: who has
// pressed a key waits for it.
const completionTime = 1500 * time.Millisecond

// plainName is a name that means the same to every shell.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// completeTool completes the first argument, where it is the name of a tool; those
// behind it are files, or nothing. A server that cannot be asked, or not in time,
// has no tools.
func (s *server) completeTool(e *Env, files bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch {
		case len(args) > 0 && files:
			return nil, cobra.ShellCompDirectiveDefault
		case len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		var names []cobra.Completion
		c, err := s.client(Path(cmd), e)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all, err := c.Tools(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for i := range all {
			if plainName.MatchString(all[i].Name) {
				names = append(names, cobra.CompletionWithDesc(all[i].Name, foreign.Text(all[i].Summary).String()))
			}
		}
		return beginning(names, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// beginning are the names, with what is said of them, that begin so.
func beginning(names []cobra.Completion, typed string) []cobra.Completion {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, typed) })
}

// completeProfiles completes the flag --profile of a command.
func completeProfiles(cmd *cobra.Command, e *Env) {
	complete(cmd, "profile", func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		folder, err := profile.In(e.ConfigDir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, err := folder.Names()
		if err != nil {
			names = nil
		}
		return beginning(names, typed), cobra.ShellCompDirectiveNoFileComp
	})
}

// completeFiles has the shell complete the values of flags that are files or
// folders, by their words in the help, unless the flag has names of its own.
func completeFiles(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		directive := cobra.ShellCompDirectiveDefault
		switch form, _ := pflag.UnquoteUsage(f); form {
		case "FILE", "FILE|URL", "OUT":
		case "FOLDER", "DIR":
			directive = cobra.ShellCompDirectiveFilterDirs
		default:
			return
		}
		if _, there := cmd.GetFlagCompletionFunc(f.Name); !there {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(nil, directive)) // it is there, and has none
		}
	})
}

// completedJobs are how many of the newest jobs are offered.
const completedJobs = 20

// completeJobs completes the ids of jobs, of the newest that the server knows.
func (s *server) completeJobs(e *Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) (ids []cobra.Completion, _ cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		c, err := s.client(Path(cmd), e)
		if err != nil {
			return nil, directive
		}
		for is, err := range c.List(ctx, client.Filter{PageSize: completedJobs}) {
			if err != nil || len(ids) == completedJobs {
				break
			}
			if idForm.MatchString(is.JobID) && !slices.Contains(args, is.JobID) {
				ids = append(ids, cobra.CompletionWithDesc(is.JobID, foreign.Text(is.Tool+" "+is.Status.Status).String()))
			}
		}
		return beginning(ids, typed), directive
	}
}

// completeFilter completes the flags of a filter.
func (s *server) completeFilter(cmd *cobra.Command, e *Env) {
	complete(cmd, "status", cobra.FixedCompletions(statuses, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "tool", func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return s.completeTool(e, false)(cmd, nil, typed)
	})
}

// complete completes a flag.
func complete(cmd *cobra.Command, flag string, names cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, names); err != nil {
		panic("the flag --" + flag + " was not made yet: " + err.Error()) // a mistake of ours
	}
}
