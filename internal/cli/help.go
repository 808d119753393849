package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"claimcheck/internal/config"
)

// help is the command that prints the help of another.
func help(e *Env) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "tell how a command is called",
		Example: "  claimcheck help keys create",
		GroupID: ForCallers,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) (names []string, _ cobra.ShellCompDirective) {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range about.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return beginning(names, typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				name := strings.Join(args, " ")
				return UsageError("there is no command %s; %s%s help lists them", config.Shown(name), meant(about, rest[0], " "), Program)
			}
			return printHelp(e.Stdout, about)
		},
	}
}

// printHelp prints the help of a command.
func printHelp(w io.Writer, cmd *cobra.Command) error {
	_, err := io.WriteString(w, Help(cmd))
	return err
}

// Help is the help of a command: how it is called, what it does, an example, its
// flags; of a command with others below it, what these are.
func Help(cmd *cobra.Command) string {
	var b strings.Builder
	if !cmd.HasParent() && cmd.HasSubCommands() {
		fmt.Fprintf(&b, "%s: %s\n", cmd.Name(), cmd.Short)
		for _, g := range cmd.Groups() {
			fmt.Fprintf(&b, "\n%s\n", g.Title)
			for _, c := range InGroup(cmd, g.ID) {
				listCommand(&b, c)
			}
		}
		fmt.Fprintf(&b, "\n%s help COMMAND tells more of a command, with an example.\n", cmd.Name())
		return b.String()
	}
	fmt.Fprintf(&b, "%s\n\n%s\n\n%s\n", UseLine(cmd), cmp.Or(cmd.Long, Sentence(cmd.Short)), cmd.Example)
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, c := range cmd.Commands() {
			listCommand(&b, c)
		}
	}
	if lines := FlagLines(cmd); len(lines) > 0 {
		b.WriteString("\nFlags:\n")
		writeLines(&b, lines)
	}
	if text := cmd.Annotations[after]; text != "" {
		b.WriteString("\n" + text)
	}
	return b.String()
}

// InGroup lists what can be called of a group.
func InGroup(below *cobra.Command, group string) (all []*cobra.Command) {
	for _, c := range below.Commands() {
		if _, family := c.Annotations[isFamily]; !family && c.IsAvailableCommand() && groupOf(c) == group {
			all = append(all, c)
		}
		all = append(all, InGroup(c, group)...)
	}
	return all
}

// groupOf is the group of a command: its own, or that of the one that it is below.
func groupOf(cmd *cobra.Command) (group string) {
	for ; cmd != nil && group == ""; cmd = cmd.Parent() {
		group = cmd.GroupID
	}
	return group
}

// Sentence is a short text with a capital and a period.
func Sentence(short string) string {
	if short == "" {
		return ""
	}
	return strings.ToUpper(short[:1]) + short[1:] + "."
}

func listCommand(b *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(b, "  %s\n      %s\n", UseLine(cmd), cmd.Short)
}

// UseLine is how a command is called, with its arguments.
func UseLine(cmd *cobra.Command) string {
	_, arguments, _ := strings.Cut(cmd.Use, " ")
	return strings.TrimSpace(cmd.CommandPath() + " " + arguments)
}

// FlagLines are what the help says of a command's flags, in the order in which they were made.
func FlagLines(cmd *cobra.Command) (lines [][2]string) {
	flags := cmd.LocalFlags()
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		form, doc := pflag.UnquoteUsage(f)
		form = cmp.Or(forms[form], form)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		lines = append(lines, [2]string{strings.TrimSpace(name + " " + form), doc})
	})
	return lines
}

// forms are our words for the types of the library of flags.
var forms = map[string]string{"string": "TEXT", "stringArray": "TEXT", "strings": "LIST", "int": "NUMBER", "uint": "NUMBER", "duration": "DURATION"}

// writeLines writes two columns.
func writeLines(b *strings.Builder, lines [][2]string) {
	width := 0
	for _, l := range lines {
		width = max(width, len(l[0]))
	}
	for _, l := range lines {
		fmt.Fprintf(b, "  %-*s  %s\n", width, l[0], l[1])
	}
}
