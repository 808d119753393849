package config

import (
	"io/fs"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
)

const (
	envPrefix  = "CLAIMCHECK_"
	testPrefix = envPrefix + "TEST_" // variables of the tests, not ours

	configKey = "config"
	plansKey  = "plans"
	toolsKey  = "tools"
	fetchKey  = "fetch" // a group: its members are settings
	authKey   = "auth"  // a group of groups

	longest = 10 * 365 * 24 * time.Hour // of any duration
)

// A Setting is one row of the table: everything there is to know of it.
type Setting struct {
	Name    string // its key in the file; a point stands between a group and its member
	Default string // as one would write it
	Doc     string // one sentence
	form    form
}

// Flag returns its flag.
func (s Setting) Flag() string { return "--" + nameDashes.Replace(s.Name) }

// Env returns its environment variable.
func (s Setting) Env() string { return envPrefix + strings.ToUpper(nameUnderscores.Replace(s.Name)) }

var (
	nameDashes      = strings.NewReplacer("_", "-", ".", "-")
	nameUnderscores = strings.NewReplacer(".", "_")
)

// Form returns a word for its values, for instance DURATION.
func (s Setting) Form() string { return s.form.word }

// Settings returns the table: all settings but the plans and tools, which are
// in the file only.
func Settings() []Setting { return slices.Clone(table) }

// Names returns the names of all settings, "plans" and "tools"
// among them.
func Names() []string {
	names := []string{plansKey, toolsKey}
	for _, s := range table {
		names = append(names, s.Name)
	}
	return names
}

var table = []Setting{
	{"listen", "127.0.0.1:8080", "Address and port to listen on; port 0 takes a free one. Or a socket with a path, unix:/run/claimcheck/api.sock, or systemd: one that it hands over (systemd:NAME if there are several).", listenForm(func(c *Config) *string { return &c.Listen })},
	{"listen_mode", "0660", "Permissions of a socket with a path.", modeForm(func(c *Config) *fs.FileMode { return &c.ListenMode })},
	{"listen_http", "", "Where plain HTTP is led to https, as listen; empty means nowhere.", optionalListenForm(func(c *Config) *string { return &c.TLS.Plain })},
	{"tls_cert", "", "Certificate with its chain, a file in PEM, read again when it changes; empty means no TLS of its own.", fileForm(func(c *Config) *string { return &c.TLS.Cert })},
	{"tls_key", "", "The certificate's key, a file in PEM.", fileForm(func(c *Config) *string { return &c.TLS.Key })},
	{"acme", "", "Names of hosts whose certificate is got and renewed from an authority by ACME, whose terms are accepted by that.", listForm(func(c *Config) *[]string { return &c.TLS.ACME }, "HOSTS", parseACMEName)},
	{"acme_email", "", "Where the authority writes to when something is wrong.", textForm(func(c *Config) *string { return &c.TLS.Email })},
	{"acme_directory", LetsEncrypt, "The authority's directory.", parsed("URL", func(c *Config) *string { return &c.TLS.Directory }, parseDirectory)},
	{"operator_listen", "", "Address and port of their own for /readyz, /metrics and the profiler; empty leaves the first two where the API is.", optionalAddressForm(func(c *Config) *string { return &c.OperatorListen })},
	{"profiler", "false", "Answer /debug/pprof/ on operator_listen.", boolForm(func(c *Config) *bool { return &c.Profiler })},
	{"data", "./claimcheck-data", "Folder of the database and the files.", folderForm(func(c *Config) *string { return &c.Data })},
	{"blobs", "", "Where large inputs and outputs are: empty for a folder in the data folder, file:///folder for one that servers share, s3://bucket?endpoint=URL&region=NAME.", blobsForm(func(c *Config) *Address { return &c.Blobs })},
	{"store", "", "Address of a PostgreSQL database, postgres://user@host:5432/name, that servers share; empty for the embedded one.", storeForm(func(c *Config) *Address { return &c.Store })},
	{"store_direct", "", "The same database without a pooler between, for notifications; empty means store.", storeForm(func(c *Config) *Address { return &c.StoreDirect })},
	{"store_replica", "", "A copy of the database that lists are read from; empty means store.", storeForm(func(c *Config) *Address { return &c.StoreReplica })},
	{"store_connections", "16", "Connections to the database at most, beside one for notifications and one for maintenance.", countForm(func(c *Config) *int { return &c.StoreConns }, minConnections, 1000)},
	{"roles", "api,worker", "What this server does: api answers clients, worker runs jobs and calls webhooks.", rolesForm(func(c *Config) *Roles { return &c.Roles })},
	{configKey, "", "YAML file with these settings in snake_case, and the plans.", fileForm(func(c *Config) *string { return &c.File })},
	{"public_url", "", "What links start with, a path too where clients find the server below one; empty means the listening address.", publicForm(func(c *Config) *string { return &c.PublicURL })},
	{"workers", "auto", "Jobs run at once; auto is one per core and at least 4, with --store 16 per core and at least 64; 0 runs none.", workersForm(func(c *Config) *int { return &c.Workers })},
	{"sync_timeout", "25s", "How long a synchronous call is waited for before it becomes a job.", durationForm(func(c *Config) *time.Duration { return &c.SyncTimeout }, 0)},
	{"sync_max_bytes", "8MiB", "Largest input that is worked on synchronously.", sizeForm(func(c *Config) *int64 { return &c.SyncMaxBytes }, 0, 1<<40)},
	{"job_timeout", "10m", "How long one attempt at a job may take.", durationForm(func(c *Config) *time.Duration { return &c.JobTimeout }, time.Millisecond)},
	{"max_attempts", "4", "How often a job is tried before it is given up.", countForm(func(c *Config) *int { return &c.MaxAttempts }, 1, 100)},
	{"lease", "30s", "How long a worker is trusted without a sign of life.", durationForm(func(c *Config) *time.Duration { return &c.Lease }, time.Second)},
	{"shutdown_timeout", "30s", "How long running jobs may go on after a signal to stop.", durationForm(func(c *Config) *time.Duration { return &c.ShutdownTimeout }, 0)},
	{"retention", "72h", "How long jobs and outputs are kept after their end, unless the plan says otherwise.", durationForm(func(c *Config) *time.Duration { return &c.Retention }, time.Second)},
	{"audit_retention", "9600h", "How long the record of what operators changed is kept; 9600h are 400 days.", durationForm(func(c *Config) *time.Duration { return &c.AuditRetention }, time.Hour)},
	{"link_expiry", "1h", "How long a signed link works.", durationForm(func(c *Config) *time.Duration { return &c.LinkExpiry }, time.Second)},
	{"delivery_timeout", "10m", "For how long an output is put again to the address that its caller named (x-output-url) before its job fails.", durationForm(func(c *Config) *time.Duration { return &c.DeliveryTimeout }, time.Second)},
	{"upload_expiry", "1h", "Within what time the transfer of an upload must begin.", durationForm(func(c *Config) *time.Duration { return &c.UploadExpiry }, time.Second)},
	{"download_mode", "proxy", "Files come through this server (proxy), or straight from the S3 storage (redirect), without digest and policy headers.", wordForm(func(c *Config) *string { return &c.DownloadMode }, "proxy", "redirect")},
	{"download_host", "", "Scheme and host that links to files start with, another than the API's; empty means public_url.", urlForm(func(c *Config) *string { return &c.DownloadHost })},
	{"console", "true", "Show the console below /console/, and lead browsers there from /.", boolForm(func(c *Config) *bool { return &c.Console })},
	{"cors_origins", "", "Origins of web pages that may call the API, or *; empty means none.", listForm(func(c *Config) *[]string { return &c.CORSOrigins }, "ORIGINS", parseOrigin)},
	{"trusted_proxies", "", "Networks of proxies whose X-Forwarded-For and -Proto, and auth.forwarded, are believed.", listForm(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, "NETWORKS", parseNetwork)},
	{"auth.jwt.issuer", "", "Issuer (iss) whose tokens are taken beside keys, as Authorization: Bearer; empty means nobody's.", textForm(func(c *Config) *string { return &c.JWT.Issuer })},
	{"auth.jwt.audience", "", "Audience (aud) that a token must be meant for.", textForm(func(c *Config) *string { return &c.JWT.Audience })},
	{"auth.jwt.jwks", "", "The issuer's key set: a file, or an https address.", parsed("FILE|URL", func(c *Config) *string { return &c.JWT.JWKS }, parseJWKS)},
	{"auth.jwt.algorithms", "RS256,ES256,EdDSA", "How tokens may be signed; RS, ES and PS with 384 and 512 are known too, and PS256.", listForm(func(c *Config) *[]string { return &c.JWT.Algorithms }, "NAMES", parseSignature)},
	{"auth.jwt.owner_claim", "sub", "Claim that names the owner.", claimForm(func(c *Config) *string { return &c.JWT.OwnerClaim }, true)},
	{"auth.jwt.plan_claim", "", "Claim that names the owner's plan; empty leaves plans alone.", claimForm(func(c *Config) *string { return &c.JWT.PlanClaim }, false)},
	{"auth.jwt.scopes_claim", "", "Claim that names what may be done, read and submit; empty allows both.", claimForm(func(c *Config) *string { return &c.JWT.ScopesClaim }, false)},
	{"auth.jwt.leeway", "30s", "How far the issuer's clock may be from the server's.", leewayForm(func(c *Config) *time.Duration { return &c.JWT.Leeway })},
	{"auth.forwarded.owner_header", "", "Header field in which proxies in trusted_proxies name who calls, for requests without a key; from others it is not read. Empty means nobody is believed.", fieldForm(func(c *Config) *string { return &c.Forwarded.OwnerHeader })},
	{"auth.forwarded.plan_header", "", "Header field in which they name the owner's plan; empty leaves plans alone.", fieldForm(func(c *Config) *string { return &c.Forwarded.PlanHeader })},
	{"auth.forwarded.scopes_header", "", "Header field in which they say what may be done, read and submit; empty allows both.", fieldForm(func(c *Config) *string { return &c.Forwarded.ScopesHeader })},
	{"fetch.allow_networks", "", "Networks that webhooks and remote inputs may reach although they are not public.", listForm(func(c *Config) *[]netip.Prefix { return &c.FetchNetworks }, "NETWORKS", parseNetwork)},
	{"fetch.allow_ports", "", "Ports that webhooks and remote inputs may reach beside 80 and 443.", listForm(func(c *Config) *[]uint16 { return &c.FetchPorts }, "PORTS", parsePort)},
	{"log_requests", "false", "Log every request, not only errors and calls over a second.", boolForm(func(c *Config) *bool { return &c.LogRequests })},
	{"log_level", "info", "Least level that is logged: debug, info, warn or error.", levelForm(func(c *Config) *slog.Level { return &c.LogLevel })},
	{"max_header_bytes", "64KiB", "Largest header of a request.", sizeForm(func(c *Config) *int64 { return &c.MaxHeaderBytes }, 4<<10, 1<<20)},
	{"max_held", "20000", "Long polls, claims and event streams held at once, of all owners; 0 means no limit.", countForm(func(c *Config) *int { return &c.MaxHeld }, 0, 10_000_000)},
	{"max_bulks", "4", "Bulks of one owner that are not finished.", countForm(func(c *Config) *int { return &c.MaxBulks }, 1, 1000)},
	{"max_bulk_jobs", "1000000", "Jobs of one bulk.", countForm(func(c *Config) *int { return &c.MaxBulkJobs }, 1, 10_000_000)},
	{"max_group_jobs", "100000", "Jobs that a group (x-group) may have had.", countForm(func(c *Config) *int { return &c.MaxGroupJobs }, 1, 10_000_000)},
	{"bulk_retention", "168h", "How long a bulk is kept after its end.", durationForm(func(c *Config) *time.Duration { return &c.BulkRetention }, time.Minute)},
	{"cache_bytes", "32MiB", "Memory for statuses that were just read.", sizeForm(func(c *Config) *int64 { return &c.CacheBytes }, 0, 1<<40)},
}

// Differing names the settings that two configurations do not have in common,
// plans and tools aside.
func Differing(a, b *Config) (names []string) {
	for _, s := range table {
		if !reflect.DeepEqual(s.form.value(a), s.form.value(b)) {
			names = append(names, s.Name)
		}
	}
	return names
}

func settingNamed(name string) (Setting, bool) {
	for _, s := range table {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}
