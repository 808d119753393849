package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A Flag is a flag that is no setting: it has no environment variable and no
// key in the file.
type Flag struct {
	Name   string // without dashes
	Letter string // a short name of one letter, without its dash; empty: none
	Form   string // a word for its value in the help, for instance NAME
	Doc    string
	Switch bool               // it takes no value; Set gets "true"
	Set    func(string) error // its error is one sentence without the flag's name
}

// Add makes it one of a command's flags.
func (f Flag) Add(to *pflag.FlagSet) {
	set := f.Set
	if f.Switch {
		set = func(text string) error {
			if text != "true" {
				return fmt.Errorf("it takes no value, but was given %s", Shown(text))
			}
			return f.Set(text)
		}
	}
	addFlag(to, f.Name, f.Letter, f.Doc, f.Switch, &flagValue{form: f.Form, set: set})
}

func addFlag(to *pflag.FlagSet, name, letter, doc string, onOff bool, v *flagValue) {
	to.SortFlags = false
	added := to.VarPF(v, name, letter, doc)
	if onOff {
		added.NoOptDefVal = "true"
	}
}

// A flagValue has the library of flags give each text to a function.
type flagValue struct {
	form string
	text string
	set  func(string) error
}

func (v *flagValue) String() string { return v.text }
func (v *flagValue) Type() string   { return v.form }
func (v *flagValue) Set(text string) error {
	v.text = text
	return v.set(text)
}

// Given are the settings that a command line has set.
type Given struct{ values []value }

// Add makes the part's own flags, and its settings as the table has them, flags of
// a command. The settings are judged when they are loaded.
func (p Part) Add(to *pflag.FlagSet) *Given {
	for _, f := range p.Own {
		f.Add(to)
	}
	given := &Given{}
	for _, s := range table {
		if !slices.Contains(p.Settings, s.Name) {
			continue
		}
		doc := s.Doc
		if s.Default != "" {
			doc += " Default: " + s.Default + "."
		}
		addFlag(to, strings.TrimPrefix(s.Flag(), "--"), "", doc, s.form.onOff, &flagValue{form: s.Form(), set: func(text string) error {
			given.values = append(given.values, value{setting: s, text: text, source: "flag " + s.Flag()})
			return nil
		}})
	}
	return given
}

// kinds are what flags take whose values the library of flags reads, by its types.
var kinds = map[string]string{
	"bool":     "true or false",
	"int":      "a whole number that is not too large",
	"duration": "a length of time such as 90s, 10m or 72h",
}

// FlagError puts what is wrong with a command's flags into our words, one sentence;
// other errors stay as they are.
func FlagError(command string, err error) error {
	var unknown *pflag.NotExistError
	var lacking *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	var odd *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Errorf("unknown flag %s for %s", ShownName("-"+unknown.GetSpecifiedShortnames()), command)
	case errors.As(err, &unknown):
		return fmt.Errorf("unknown flag %s for %s", ShownName("--"+unknown.GetSpecifiedName()), command)
	case errors.As(err, &lacking):
		return needsValue(lacking.GetFlag())
	case errors.As(err, &wrong) && kinds[wrong.GetFlag().Value.Type()] != "":
		return fmt.Errorf("flag --%s: it is %s, but was given %s", wrong.GetFlag().Name, kinds[wrong.GetFlag().Value.Type()], Shown(wrong.GetValue()))
	case errors.As(err, &wrong):
		return fmt.Errorf("flag --%s: %w", wrong.GetFlag().Name, wrong.Unwrap())
	case errors.As(err, &odd):
		return fmt.Errorf("unknown flag %s for %s", ShownName(odd.GetSpecifiedFlag()), command)
	default:
		return err
	}
}

func needsValue(f *pflag.Flag) error { return fmt.Errorf("flag --%s needs a value", f.Name) }

// CheckValues refuses a flag whose value was forgotten, so that another flag stands
// in its place, which the library of flags would take for the value. Where it is
// meant it can be said: --name=--value.
func CheckValues(flags *pflag.FlagSet, args []string) error {
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		f := valued(flags, args[i])
		if f == nil {
			continue
		}
		if i++; i < len(args) && strings.HasPrefix(args[i], "--") {
			return needsValue(f)
		}
	}
	return nil
}

// valued is the flag whose value is the next argument, or nil.
func valued(flags *pflag.FlagSet, arg string) (f *pflag.Flag) {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		f = flags.Lookup(name)
	} else if letter, ok := strings.CutPrefix(arg, "-"); ok && len(letter) == 1 {
		f = flags.ShorthandLookup(letter)
	}
	if f == nil || f.NoOptDefVal != "" {
		return nil
	}
	return f
}

// clientNames are variables of the client's commands and of programs that call
// the API, which may be set where a server is started.
var clientNames = []string{envPrefix + "URL", envPrefix + "API_KEY", envPrefix + "KEY", envPrefix + "PROFILE", envPrefix + "ACTIVE_HELP", envPrefix + "COMPLETION_DESCRIPTIONS"}

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
