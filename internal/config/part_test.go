package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"claimcheck/internal/config"
)

// keysPart is a command with settings and flags of its own.
func keysPart(owner *string, json *string) config.Part {
	return config.Part{
		Settings: []string{"data", "config"},
		Own: []config.Flag{
			{Name: "owner", Form: "NAME", Doc: "Who the key is for.", Set: func(text string) error {
				if text == "nobody" {
					return errors.New("nobody cannot have a key")
				}
				*owner = text
				return nil
			}},
			{Name: "json", Doc: "Print JSON.", Switch: true, Set: func(text string) error { *json = text; return nil }},
		},
	}
}

// loadPart is what a command does with its arguments; it returns those that are no
// flags.
func loadPart(p config.Part, args []string, sources config.Sources) (config.Config, []string, error) {
	flags := pflag.NewFlagSet("keys create", pflag.ContinueOnError)
	given := p.Add(flags)
	if err := config.CheckValues(flags, args); err != nil {
		return config.Config{}, nil, err
	}
	if err := flags.Parse(args); err != nil {
		return config.Config{}, nil, config.FlagError("keys create", err)
	}
	cfg, err := p.Load(given, sources)
	return cfg, flags.Args(), err
}

func TestAPartMixesSettingsOwnFlagsAndArguments(t *testing.T) {
	var owner, json string
	args := strings.Fields("one --data /flag two --owner=ann --json three -- --data -x")
	cfg, rest, err := loadPart(keysPart(&owner, &json), args, from([]string{"CLAIMCHECK_DATA=/env", "CLAIMCHECK_WORKERS=2"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != "/flag" || owner != "ann" || json != "true" || !slices.Equal(rest, []string{"one", "two", "three", "--data", "-x"}) {
		t.Errorf("got data %s, owner %s, json %s, rest %q", cfg.Data, owner, json, rest)
	}
	if cfg.Workers == 2 || cfg.MaxAttempts != 4 {
		t.Errorf("got workers %d, max_attempts %d: not the defaults", cfg.Workers, cfg.MaxAttempts)
	}
}

func TestAPartIgnoresWhatIsForTheServerButNotWhatIsUnknown(t *testing.T) {
	for _, c := range []struct{ args, environ, text, want string }{
		{"", "CLAIMCHECK_WORKERS=many", "data: /file\nlease: never\nplans: {default: {retention: x}}\n", ""},
		{"", "", "data: /file\nleas: 1s\n", "unknown key leas in claim.yaml line 2"},
		{"", "", "plans: {default: {retentoin: 3h}}\n", "unknown key plans.default.retentoin in claim.yaml line 1"},
		{"", "CLAIMCHECK_DAT=/x", "", "unknown environment variable CLAIMCHECK_DAT"},
		{"--workers 3", "", "", "unknown flag --workers for keys create"},
		{"--owner nobody", "", "", "flag --owner: nobody cannot have a key"},
		{"--owner", "", "", "flag --owner needs a value"},
		{"--json=no", "", "", `flag --json: it takes no value, but was given "no"`},
		{"", "", "data: ''\n", "key data in claim.yaml line 1: a folder must be named"},
	} {
		var owner, json string
		args := append(strings.Fields(c.args), "--config", "claim.yaml")
		if c.text == "" {
			args = args[:len(args)-2]
		}
		cfg, _, err := loadPart(keysPart(&owner, &json), args, from(strings.Fields(c.environ), fromFile(c.text)))
		switch {
		case c.want == "" && (err != nil || cfg.Data != "/file"):
			t.Errorf("%s %s %q: got data %s, error %v", c.args, c.environ, c.text, cfg.Data, err)
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%s %s %q:\n got %v\nwant %s", c.args, c.environ, c.text, err, c.want)
		}
	}
}

func TestAPartReadsThePlansWhenItWantsThem(t *testing.T) {
	p := config.Part{Settings: []string{"config", "plans"}}
	cfg, _, err := loadPart(p, []string{"--config=claim.yaml"}, from(nil, fromFile("plans: {gold: }\n")))
	if _, ok := cfg.Plans["gold"]; err != nil || !ok {
		t.Errorf("got plans %v, error %v", cfg.Plans, err)
	}
}

func TestAPartHasItsFlagsOnly(t *testing.T) {
	var owner, json string
	flags := pflag.NewFlagSet("keys create", pflag.ContinueOnError)
	keysPart(&owner, &json).Add(flags)
	usage := flags.FlagUsages()
	for _, want := range []string{"--owner NAME", "Who the key is for.", "--json", "--data FOLDER", "--config FILE"} {
		if !strings.Contains(usage, want) {
			t.Errorf("the help lacks %q:\n%s", want, usage)
		}
	}
	if strings.Contains(usage, "--workers") {
		t.Error("the help has a flag of the server")
	}
}
