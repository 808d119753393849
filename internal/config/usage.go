package config

import (
	"fmt"
	"slices"
	"strings"
)

// Usage returns the table of all settings and limits for --help.
func Usage() string {
	var b strings.Builder
	b.WriteString(Part{Settings: Names()}.Usage())
	b.WriteString("\nLimits of a plan, in the file only, as plans.<name>.<limit>; 0 means none:\n")
	var lines [][2]string
	for _, l := range limits {
		lines = append(lines, [2]string{l.Name + " " + l.Form, l.Doc})
	}
	writeLines(&b, lines)
	b.WriteString("\nTools, in the file only, as a list below tools:\n")
	writeLines(&b, ToolKeys())
	b.WriteString("\nA header of a tool, where it is more than a name, as a mapping:\n")
	writeLines(&b, HeaderKeys())
	return b.String()
}

// Usage returns the flags of a command for --help, its own first.
func (p Part) Usage() string {
	var b strings.Builder
	lines := flagLines(p.Own)
	for _, s := range table {
		if !slices.Contains(p.Settings, s.Name) {
			continue
		}
		doc := s.Doc
		if s.Default != "" {
			doc += " Default: " + s.Default + "."
		}
		lines = append(lines, [2]string{strings.TrimSpace(s.Flag() + " " + s.Form()), doc})
	}
	b.WriteString("Flags:\n")
	writeLines(&b, lines)
	if len(p.Settings) > 0 {
		fmt.Fprintf(&b, "\nSettings can also be given as environment variables (--max-attempts is %sMAX_ATTEMPTS)\n"+
			"and as keys of the configuration file (max_attempts). Flags beat the environment, which beats the file.\n", envPrefix)
	}
	return b.String()
}

// FlagsUsage returns flags that are no settings for --help.
func FlagsUsage(flags []Flag) string { return Part{Own: flags}.Usage() }

func flagLines(flags []Flag) (lines [][2]string) {
	for _, f := range flags {
		lines = append(lines, [2]string{strings.TrimSpace("--" + f.Name + " " + f.Form), f.Doc})
	}
	return lines
}

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
