package config

import (
	"fmt"
	"slices"
	"strings"
)

// ParseFlags reads the flags of a command that has no settings, and returns the
// other arguments.
func ParseFlags(command string, flags []Flag, args []string) (rest []string, err error) {
	_, rest, err = Part{Command: command, Own: flags}.parseArgs(args)
	return rest, err
}

// parseArgs reads flags, which may stand before and behind other arguments;
// after "--" nothing is a flag. It sets the command's own flags.
func (p Part) parseArgs(args []string) (values []value, rest []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return values, append(rest, args...), nil
		case arg == "--help" || arg == "-h" || arg == "-help":
			return nil, nil, ErrHelp
		case !strings.HasPrefix(arg, "-") || arg == "-":
			rest = append(rest, arg)
			continue
		}
		name, text, given := strings.Cut(arg, "=")
		set, onOff, ok := p.flag(name, &values)
		switch {
		case !ok:
			return nil, nil, fmt.Errorf("unknown flag %s for %s", ShownName(name), p.Command)
		case given:
		case onOff:
			text = "true"
		case len(args) == 0 || strings.HasPrefix(args[0], "--"):
			return nil, nil, fmt.Errorf("flag %s needs a value", name)
		default:
			text, args = args[0], args[1:]
		}
		if err := set(text); err != nil {
			return nil, nil, fmt.Errorf("flag %s: %w", name, err)
		}
	}
	return values, rest, nil
}

// flag returns what to do with the text of a flag: a setting's is added to
// values, to be parsed after the file.
func (p Part) flag(name string, values *[]value) (set func(string) error, onOff, ok bool) {
	for _, f := range p.Own {
		if "--"+f.Name == name {
			return f.set, f.Switch, true
		}
	}
	for _, s := range table {
		if s.Flag() == name && slices.Contains(p.Settings, s.Name) {
			return func(text string) error {
				*values = append(*values, value{setting: s, text: text, source: "flag " + name})
				return nil
			}, s.form.onOff, true
		}
	}
	return nil, false, false
}

// set refuses a value for a switch.
func (f Flag) set(text string) error {
	if f.Switch && text != "true" {
		return fmt.Errorf("it takes no value, but was given %s", Shown(text))
	}
	return f.Set(text)
}

// clientNames are variables of the client's commands and of programs that call
// the API, which may be set where a server is started.
var clientNames = []string{envPrefix + "URL", envPrefix + "API_KEY", envPrefix + "KEY"}

// parseEnviron reads the environment's variables that begin with CLAIMCHECK_.
func parseEnviron(environ []string) ([]value, error) {
	var values []value
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, testPrefix) || slices.Contains(clientNames, name) {
			continue
		}
		i := slices.IndexFunc(table, func(s Setting) bool { return s.Env() == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown environment variable %s", ShownName(name))
		}
		values = append(values, value{setting: table[i], text: text, source: "environment variable " + name})
	}
	return values, nil
}
