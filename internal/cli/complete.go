package cli

import (
	"context"
	"regexp"
	"time"

	"github.com/spf13/cobra"

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

// completeTool completes the first argument, where it is the name of a tool. A
// server that cannot be asked, or not in time, has none.
func (s *server) completeTool(e *Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
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
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeProfiles completes the flag --profile of a command.
func completeProfiles(cmd *cobra.Command, e *Env) {
	err := cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		folder, err := profile.In(e.ConfigDir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, err := folder.Names()
		if err != nil {
			names = nil
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("the flag --profile was not made yet: " + err.Error()) // a mistake of ours
	}
}
