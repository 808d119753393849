package config

import (
	"fmt"
	"strings"
)

// SettingsNote says below the flags of a command how else its settings can be given.
const SettingsNote = "Settings can also be given as environment variables (--max-attempts is " + envPrefix + "MAX_ATTEMPTS)\n" +
	"and as keys of the configuration file (max_attempts). Flags beat the environment, which beats the file.\n"

// FileNote tells what stands in the configuration file alone.
func FileNote() string {
	var b strings.Builder
	b.WriteString("Limits of a plan, in the file only, as plans.<name>.<limit>; 0 means none:\n")
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
