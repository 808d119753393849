// Package config reads every setting of the program, from flags, environment
// variables and a YAML file, in this order of precedence. It is the only
// reader of these, but for variables of OpenTelemetry; what the settings mean is the business of those who get
// the [Config].
package config

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"claimcheck/internal/account"
)

// A Config has a value for every setting, checked. The table in settings.go
// says what each is for and what it can be.
type Config struct {
	Listen          string
	ListenMode      fs.FileMode // of a socket with a path
	TLS             TLS
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
	DeliveryTimeout time.Duration
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
	MaxGroupJobs    int // of one group
	MaxHeld         int // requests that wait at once, of all owners; 0: no limit
	JWT             JWT
	Forwarded       Forwarded
	FetchNetworks   []netip.Prefix          // reached by webhooks and remote inputs although they are not public
	FetchPorts      []uint16                // beside 80 and 443
	Plans           map[string]account.Plan // by name; "default" and "unlimited" are always there
	Tools           []Tool                  // HTTP endpoints and work for remote programs
	OpenTelemetry   []string                // variables of the environment whose names begin with OTEL_, as NAME=value: package trace reads them
}

// Sources are what settings are read from, and who judges them.
type Sources struct {
	Environ  []string                     // NAME=value
	ReadFile func(string) ([]byte, error) // is asked for the configuration file, if one is named
	Judges   Judges
}

// A Part is the settings and flags of one command.
type Part struct {
	Settings []string // names of the table; other settings keep their default, wherever they are set
	Own      []Flag   // flags of this command alone
}

// Load reads all settings of a server that is started with these flags, and with
// nothing else. Each error is one sentence that names what is wrong and where it
// was set.
func Load(args []string, from Sources) (Config, error) {
	p := Part{Settings: Names()}
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	flags.Usage = func() {} // the caller prints
	given := p.Add(flags)
	if err := CheckValues(flags, args); err != nil {
		return Config{}, err
	}
	if err := flags.Parse(args); err != nil {
		return Config{}, FlagError("serve", err)
	}
	if flags.NArg() > 0 {
		return Config{}, fmt.Errorf("serve takes no argument, but was given %s", Shown(flags.Arg(0)))
	}
	return p.Load(given, from)
}

// Load reads the settings of a command. Settings of other commands may be set in
// the environment and the file and are not looked at; unknown ones are errors. It
// can be called again, when the file has changed. Each error is one sentence that
// names what is wrong and where it was set.
func (p Part) Load(given *Given, from Sources) (Config, error) {
	env, err := parseEnviron(from.Environ)
	if err != nil {
		return Config{}, err
	}
	cfg := Config{Plans: builtInPlans()}
	for _, s := range table {
		if err := s.form.set(&cfg, s.Default, from.Judges); err != nil {
			return Config{}, fmt.Errorf("default of %s: %w", s.Name, err)
		}
	}
	file, err := p.readFile(slices.Concat(env, given.values), from.ReadFile)
	if err != nil {
		return Config{}, err
	}
	for _, v := range slices.Concat(file.values, env, given.values) { // the last one stays
		if !slices.Contains(p.Settings, v.setting.Name) {
			continue
		}
		if err := v.setting.form.set(&cfg, v.text, from.Judges); err != nil {
			return Config{}, fmt.Errorf("%s: %w", v.source, err)
		}
	}
	if slices.Contains(p.Settings, plansKey) {
		cfg.Plans, err = applyPlans(cfg.Plans, file.plans)
	}
	if err == nil && slices.Contains(p.Settings, toolsKey) {
		cfg.Tools, err = toolsFrom(file.tools, environment(from.Environ), from.Judges)
	}
	if err != nil {
		return Config{}, err
	}
	for _, v := range from.Environ {
		if strings.HasPrefix(v, otel) {
			cfg.OpenTelemetry = append(cfg.OpenTelemetry, v)
		}
	}
	cfg.resolveWorkers()
	return cfg, nil
}

// otel is what the names of OpenTelemetry's variables begin with. They are not
// settings of ours: its SDK reads them itself.
const otel = "OTEL_"

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
