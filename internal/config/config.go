// Package config reads every setting of the program, from flags, environment
// variables and a YAML file, in this order of precedence. It is the only
// reader of these; what the settings mean is the business of those who get
// the [Config].
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"claimcheck/internal/account"
)

// A Config has a value for every setting, checked. The table in settings.go
// says what each is for and what it can be.
type Config struct {
	Listen          string
	OperatorListen  string // for /readyz, /metrics and the profiler; empty: Listen, without the profiler
	Profiler        bool
	Data            string
	Store           Address
	StoreDirect     Address // the same without a pooler; empty: Store
	StoreReplica    Address // a copy for lists; empty: Store
	StoreConns      int     // connections at most
	Roles           Roles
	Blobs           Address // of the storage of files
	File            string  // the configuration file; empty if there is none
	PublicURL       string  // without a slash at its end; empty: the listening address
	Workers         int     // 0: run no jobs
	SyncTimeout     time.Duration
	SyncMaxBytes    int64
	JobTimeout      time.Duration
	MaxAttempts     int
	Lease           time.Duration
	ShutdownTimeout time.Duration
	Retention       time.Duration
	AuditRetention  time.Duration
	LinkExpiry      time.Duration
	UploadExpiry    time.Duration
	DownloadMode    string   // proxy or redirect
	DownloadHost    string   // scheme and host that links to files start with; empty: as other links
	Console         bool     // pages for people
	CORSOrigins     []string // as browsers send them, or "*"
	TrustedProxies  []netip.Prefix
	LogRequests     bool
	LogLevel        slog.Level
	MaxHeaderBytes  int64
	CacheBytes      int64
	MaxBulks        int // of one owner that are not finished
	MaxBulkJobs     int // of one bulk
	BulkRetention   time.Duration
	MaxHeld         int // requests that wait at once, of all owners; 0: no limit
	JWT             JWT
	FetchNetworks   []netip.Prefix          // reached by webhooks and remote inputs although they are not public
	FetchPorts      []uint16                // beside 80 and 443
	Plans           map[string]account.Plan // by name; "default" and "unlimited" are always there
	Tools           []Tool                  // HTTP endpoints and work for remote programs
}

// Sources are what settings are read from, and who judges them.
type Sources struct {
	Args     []string
	Environ  []string                     // NAME=value
	ReadFile func(string) ([]byte, error) // is asked for the configuration file, if one is named
	Judges   Judges
}

// ErrHelp is returned by [Load] and [LoadPart] when --help is among the
// arguments.
var ErrHelp = errors.New("help was asked for")

// A Part is the settings and flags of one command.
type Part struct {
	Command  string   // as the user calls it, for instance "keys create"
	Settings []string // names of the table; other settings keep their default, wherever they are set
	Own      []Flag   // flags of this command alone
}

// A Flag is a flag that is no setting: it has no environment variable and no
// key in the file.
type Flag struct {
	Name   string // without dashes
	Form   string // a word for its value in the help, for instance NAME
	Doc    string
	Switch bool               // it takes no value; Set gets "true"
	Set    func(string) error // its error is one sentence without the flag's name
}

// Load reads all settings for a command that takes nothing else. Each error is
// one sentence that names what is wrong and where it was set.
func Load(command string, from Sources) (Config, error) {
	cfg, rest, err := LoadPart(Part{Command: command, Settings: Names()}, from)
	if err != nil {
		return Config{}, err
	}
	if len(rest) > 0 {
		return Config{}, fmt.Errorf("%s takes no argument, but was given %s", command, Shown(rest[0]))
	}
	return cfg, nil
}

// LoadPart reads the settings of a command and sets its own flags; it returns
// the arguments that are no flags. Settings of other commands may be set in
// the environment and the file and are not looked at; unknown ones are errors.
func LoadPart(p Part, from Sources) (Config, []string, error) {
	flags, rest, err := p.parseArgs(from.Args)
	if err != nil {
		return Config{}, nil, err
	}
	env, err := parseEnviron(from.Environ)
	if err != nil {
		return Config{}, nil, err
	}
	cfg := Config{Plans: builtInPlans()}
	for _, s := range table {
		if err := s.form.set(&cfg, s.Default, from.Judges); err != nil {
			return Config{}, nil, fmt.Errorf("default of %s: %w", s.Name, err)
		}
	}
	file, err := p.readFile(slices.Concat(env, flags), from.ReadFile)
	if err != nil {
		return Config{}, nil, err
	}
	for _, v := range slices.Concat(file.values, env, flags) { // the last one stays
		if !slices.Contains(p.Settings, v.setting.Name) {
			continue
		}
		if err := v.setting.form.set(&cfg, v.text, from.Judges); err != nil {
			return Config{}, nil, fmt.Errorf("%s: %w", v.source, err)
		}
	}
	if slices.Contains(p.Settings, plansKey) {
		cfg.Plans, err = applyPlans(cfg.Plans, file.plans)
	}
	if err == nil && slices.Contains(p.Settings, toolsKey) {
		cfg.Tools, err = toolsFrom(file.tools, environment(from.Environ), from.Judges)
	}
	if err != nil {
		return Config{}, nil, err
	}
	cfg.resolveWorkers()
	return cfg, rest, nil
}

// A value is the text of a setting and where it was found.
type value struct {
	setting Setting
	text    string
	source  string // for instance "flag --workers"
}

// readFile reads the configuration file that the last of the values names.
func (p Part) readFile(values []value, readFile func(string) ([]byte, error)) (file, error) {
	var name value
	for _, v := range values {
		if v.setting.Name == configKey {
			name = v
		}
	}
	if name.text == "" || !slices.Contains(p.Settings, configKey) {
		return file{}, nil
	}
	data, err := readFile(name.text)
	if err != nil {
		return file{}, fmt.Errorf("%s: %w", name.source, err)
	}
	return parseFile(name.text, data)
}
