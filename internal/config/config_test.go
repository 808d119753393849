package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"claimcheck/internal/app"
	"claimcheck/internal/config"
)

// fromFile reads the one file that there is.
func fromFile(text string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if name != "claim.yaml" {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

// from are sources with the judges of the program.
func from(environ []string, readFile func(string) ([]byte, error)) config.Sources {
	return config.Sources{Environ: environ, ReadFile: readFile, Judges: app.Judges()}
}

// load loads settings of serve from arguments, environment and a file.
func load(args, environ, text string) (config.Config, error) {
	if text != "" {
		environ += " CLAIMCHECK_CONFIG=claim.yaml"
	}
	return config.Load(strings.Fields(args), from(strings.Fields(environ), fromFile(text)))
}

func TestDefaults(t *testing.T) {
	got, err := load("", "PATH=/bin HOME=/root CLAIMCHECK=1 CLAIMCHECK_TEST_SKIP=no CLAIMCHECK_URL=http://127.0.0.1:1 CLAIMCHECK_KEY=k CLAIMCHECK_API_KEY=k CLAIMCHECK_PROFILE=two", "")
	if err != nil {
		t.Fatal(err)
	}
	got.Plans = nil
	want := config.Config{
		Listen: "127.0.0.1:8080", Data: "./claimcheck-data", Workers: max(4, runtime.GOMAXPROCS(0)),
		SyncTimeout: 25 * time.Second, SyncMaxBytes: 8 << 20, JobTimeout: 10 * time.Minute, MaxAttempts: 4,
		Lease: 30 * time.Second, ShutdownTimeout: 30 * time.Second, Retention: 72 * time.Hour, AuditRetention: 9600 * time.Hour, LinkExpiry: time.Hour, UploadExpiry: time.Hour, DeliveryTimeout: 10 * time.Minute, DownloadMode: "proxy",
		MaxHeaderBytes: 64 << 10, CacheBytes: 32 << 20, Console: true, MaxHeld: 20_000, MaxBulks: 4, MaxBulkJobs: 1_000_000, BulkRetention: 168 * time.Hour, MaxGroupJobs: 100_000, StoreConns: 16, Roles: config.Roles{API: true, Worker: true},
		ListenMode: 0o660, TLS: config.TLS{Directory: config.LetsEncrypt},
		JWT: config.JWT{Algorithms: []string{"RS256", "ES256", "EdDSA"}, OwnerClaim: "sub", Leeway: 30 * time.Second},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEverySettingCanBeGivenInThreeWays(t *testing.T) {
	values := map[string]string{
		"listen": "0.0.0.0:0", "listen_mode": "0600", "listen_http": "systemd:http", "tls_cert": "/c.pem", "tls_key": "/k.pem", "acme": "a.example.org,b.example.org", "acme_email": "ops@example.org", "acme_directory": "https://ca.example/dir", "data": "/d", "config": "claim.yaml", "public_url": "https://jobs.example.org", "workers": "3", "sync_timeout": "1s",
		"sync_max_bytes": "5", "job_timeout": "2s", "max_attempts": "9", "lease": "3s", "shutdown_timeout": "4s", "retention": "5s", "audit_retention": "2h",
		"link_expiry": "6s", "upload_expiry": "7s", "delivery_timeout": "8s", "download_mode": "redirect", "download_host": "https://files.example.org", "console": "false", "cors_origins": "https://a.example,*", "trusted_proxies": "10.0.0.0/8", "log_requests": "true", "log_level": "warn",
		"store": "postgres://u@127.0.0.1:5432/x", "store_direct": "postgres://127.0.0.1/x", "store_replica": "postgresql://h/x", "store_connections": "8", "roles": "worker",
		"max_header_bytes": "8KiB", "cache_bytes": "1GiB", "max_held": "500", "max_bulks": "5", "max_bulk_jobs": "1000", "bulk_retention": "24h", "max_group_jobs": "10", "operator_listen": "127.0.0.1:9090", "profiler": "true", "blobs": "s3://files?region=eu-1", "fetch.allow_networks": "10.0.0.0/8,fd00::/8", "fetch.allow_ports": "8080,8443",
		"auth.jwt.issuer": "https://id.example.org/realms/x", "auth.jwt.audience": "claimcheck", "auth.jwt.jwks": "https://id.example.org/keys", "auth.jwt.algorithms": "ES384,PS256",
		"auth.jwt.owner_claim": "tenant", "auth.jwt.plan_claim": "plan", "auth.jwt.scopes_claim": "scope", "auth.jwt.leeway": "5s",
		"auth.forwarded.owner_header": "x-user", "auth.forwarded.plan_header": "X-Plan", "auth.forwarded.scopes_header": "x-scopes",
	}
	plain, err := load("", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Settings() {
		text, ok := values[s.Name]
		if !ok {
			t.Fatalf("no value for %s: add one above", s.Name)
		}
		ways := map[string][3]string{
			"flag with =":     {s.Flag() + "=" + text, "", ""},
			"flag and value":  {s.Flag() + " " + text, "", ""},
			"environment":     {"", s.Env() + "=" + text, ""},
			"file":            {"", "", inFile(s.Name) + ": " + strings.Replace(text, "*", "'*'", 1)},
			"file, in quotes": {"", "", inFile(s.Name) + `: "` + text + `"`},
		}
		switch s.Default {
		case "false": // a flag that stands alone
			ways["flag and value"] = [3]string{s.Flag(), "", ""}
		case "true": // alone it says what is so
			delete(ways, "flag and value")
		}
		var first *config.Config
		for way, w := range ways {
			if s.Name == "config" && w[2] != "" {
				continue
			}
			if s.Name == "cors_origins" && way == "file" {
				w[2] = "cors_origins: [https://a.example, '*']"
			}
			got, err := config.Load(strings.Fields(w[0]), from(strings.Fields(w[1]), fromFile(w[2]+"\n")))
			if w[2] != "" {
				got, err = load("--config=claim.yaml", "", w[2])
				got.File = ""
			}
			if err != nil {
				t.Errorf("%s by %s: %v", s.Name, way, err)
				continue
			}
			if reflect.DeepEqual(got, plain) {
				t.Errorf("%s by %s: changed nothing", s.Name, way)
			}
			if first == nil {
				first = &got
			} else if !reflect.DeepEqual(got, *first) {
				t.Errorf("%s by %s: got %+v, another way %+v", s.Name, way, got, *first)
			}
		}
	}
}

// inFile is the key of a setting in the file, each member of a group on a line
// of its own.
func inFile(name string) string {
	for indent := ":\n  "; strings.Contains(name, "."); indent += "  " {
		name = strings.Replace(name, ".", indent, 1)
	}
	return name
}

func TestFlagsBeatTheEnvironmentWhichBeatsTheFile(t *testing.T) {
	const text = "workers: 1\nmax_attempts: 1\nlease: 11s\n"
	got, err := load("--workers=3 --config claim.yaml", "CLAIMCHECK_WORKERS=2 CLAIMCHECK_MAX_ATTEMPTS=2 CLAIMCHECK_CONFIG=other.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if got.Workers != 3 || got.MaxAttempts != 2 || got.Lease != 11*time.Second || got.File != "claim.yaml" {
		t.Errorf("got workers %d, max_attempts %d, lease %v, file %s", got.Workers, got.MaxAttempts, got.Lease, got.File)
	}
}

func TestValuesAreBroughtIntoOneForm(t *testing.T) {
	got, err := load("--public-url=HTTPS://Jobs.Example.org:443/ --trusted-proxies=10.1.2.3/8,::1 --log-level=debug --workers 0",
		"CLAIMCHECK_CORS_ORIGINS=http://A.example:80,https://b.example:8443", "")
	if err != nil {
		t.Fatal(err)
	}
	if got.PublicURL != "https://jobs.example.org" || fmt.Sprint(got.TrustedProxies) != "[10.0.0.0/8 ::1/128]" || got.LogLevel != slog.LevelDebug ||
		!slices.Equal(got.CORSOrigins, []string{"http://a.example", "https://b.example:8443"}) || got.Workers != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAnEmptyFileSetsNothing(t *testing.T) {
	for _, text := range []string{"\n", "# nothing\n", "---\n", "{}", "plans:\n", "plans: {default: }\n", "plans: {}\n...\n"} {
		want, _ := load("", "", "")
		got, err := load("", "", text)
		got.File = ""
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, error %v", text, got, err)
		}
	}
}

func TestWhatIsWrongIsNamedInOneSentence(t *testing.T) { // and where it is from
	for _, c := range []struct{ args, environ, text, want string }{
		{"--workerz 3", "", "", "unknown flag --workerz for serve"},
		{"-workers 3", "", "", "unknown flag -workers for serve"},
		{"--max_attempts=3", "", "", "unknown flag --max_attempts for serve"},
		{"--workers", "", "", "flag --workers needs a value"},
		{"--workers --lease=1s", "", "", "flag --workers needs a value"},
		{"--workers=", "", "", `flag --workers: "" is not a whole number from 0 to 10000`},
		{"--workers=-1", "", "", `flag --workers: "-1" is not a whole number from 0 to 10000`},
		{"--log-requests=perhaps", "", "", `flag --log-requests: "perhaps" is neither true nor false`},
		{"now", "", "", `serve takes no argument, but was given "now"`},
		{"-- --workers", "", "", `serve takes no argument, but was given "--workers"`},
		{"", "CLAIMCHECK_WORKERS=four", "", `environment variable CLAIMCHECK_WORKERS: "four" is not a whole number from 0 to 10000`},
		{"", "CLAIMCHECK_WORKER=4", "", "unknown environment variable CLAIMCHECK_WORKER"},
		{"", "CLAIMCHECK_PLANS=x", "", "unknown environment variable CLAIMCHECK_PLANS"},
		{"--lease 10ms", "", "", `flag --lease: "10ms" is less than 1s`},
		{"--lease 10", "", "", `flag --lease: "10" is not a duration such as 90s, 10m or 72h`},
		{"--job-timeout -1s", "", "", `flag --job-timeout: "-1s" is not a duration such as 90s, 10m or 72h`},
		{"--retention 100000h", "", "", `flag --retention: "100000h" is more than ten years`},
		{"--max-header-bytes 1", "", "", `flag --max-header-bytes: "1" is not from 4096 to 1048576 bytes`},
		{"--log-level loud", "", "", `flag --log-level: "loud" is none of debug, info, warn and error`},
		{"--listen 8080", "", "", `flag --listen: "8080" is not an address and port such as 127.0.0.1:8080`},
		{"--data=", "", "", `flag --data: a folder must be named`},
		{"--config=missing.yaml", "", "", "flag --config: open missing.yaml: file does not exist"},
		{"", "", "workerz: 3", "unknown key workerz in claim.yaml line 1"},
		{"", "", "# x\n\nworkers: many\n", `key workers in claim.yaml line 3: "many" is not a whole number from 0 to 10000`},
		{"--workers=3", "", "workers: many", `key workers in claim.yaml line 1: "many" is not a whole number from 0 to 10000`},
		{"", "", "workers: 1\nlease: 1s\nworkers: 2\n", "key workers in claim.yaml line 3 was already set in line 1"},
		{"", "", "workers:\n", "key workers in claim.yaml line 1: a single value must stand here"},
		{"", "", "workers: [1]\n", "key workers in claim.yaml line 1: a single value must stand here"},
		{"", "", "a: &a 1\nworkers: *a\n", "unknown key a in claim.yaml line 1"},
		{"", "", "workers: &a 1\nmax_attempts: *a\n", "key max_attempts in claim.yaml line 2: a single value must stand here"},
		{"", "", "cors_origins: {a: b}\n", "key cors_origins in claim.yaml line 1: a list must stand here"},
		{"", "", "cors_origins: [[a]]\n", "key cors_origins in claim.yaml line 1: each member must be a single value"},
		{"", "", "cors_origins: [a]\n", `key cors_origins in claim.yaml line 1: "a" is neither * nor an origin such as https://app.example.org`},
		{"", "", "config: other.yaml\n", "key config in claim.yaml line 1: a file cannot name another"},
		{"", "", "- workers\n", "claim.yaml line 1: settings must be written as lines of key: value"},
		{"", "", "workers: 1\n---\nworkers: 2\n", "claim.yaml is not the YAML of a configuration: there is more than one document"},
		{"", "", "workers: [1\n", "claim.yaml is not the YAML of a configuration: line 1: did not find expected ',' or ']'"},
		{"", "", "[a]: b\n", "claim.yaml line 1: a key must be a word"},
		{"", "", "\"a\\nb\": 1\n", `unknown key a\nb in claim.yaml line 1`},
		{"", "", "plans: 3\n", "claim.yaml line 1: settings of plans must be written as lines of key: value"},
		{"", "", "plans:\n  default: 3\n", "claim.yaml line 2: settings of plans.default must be written as lines of key: value"},
		{"", "", "plans:\n  default:\n    retentoin: 3h\n", "unknown key plans.default.retentoin in claim.yaml line 3"},
		{"", "", "plans:\n  default:\n    max_input_bytes: 3MB\n", `key plans.default.max_input_bytes in claim.yaml line 3: "3MB" is not a size such as 4096, 50MiB or 1GiB`},
		{"", "", "plans:\n  default:\n    jobs_per_month: -1\n", `key plans.default.jobs_per_month in claim.yaml line 3: "-1" is not a whole number`},
		{"", "", "plans:\n  Gold: {}\n", "key plans.Gold in claim.yaml line 2: a plan's name must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit"},
		{"", "", "fetch: {allow_port: 80}\n", "unknown key fetch.allow_port in claim.yaml line 1"},
		{"", "", "fetch:\n  allow_ports: [80, 0]\n", `key fetch.allow_ports in claim.yaml line 2: "0" is not a port from 1 to 65535`},
		{"", "", "fetch.allow_ports: 80\n", "unknown key fetch.allow_ports in claim.yaml line 1"},
		{"", "", "auth: {jwks: x}\n", "unknown key auth.jwks in claim.yaml line 1"},
		{"", "", "auth: {jwt: {issue: x}}\n", "unknown key auth.jwt.issue in claim.yaml line 1"},
		{"", "", "auth: {jwt.issuer: x}\n", "unknown key auth.jwt.issuer in claim.yaml line 1"},
		{"", "", "auth:\n  jwt:\n    algorithms: [RS256, HS256]\n", `key auth.jwt.algorithms in claim.yaml line 3: "HS256" is none of RS256, ES256, EdDSA, RS384, RS512, ES384, ES512, PS256, PS384, PS512`},
		{"--auth-jwt-algorithms=none", "", "", `flag --auth-jwt-algorithms: "none" is none of RS256, ES256, EdDSA, RS384, RS512, ES384, ES512, PS256, PS384, PS512`},
		{"--auth-jwt-jwks=http://id.example.org/keys", "", "", `flag --auth-jwt-jwks: "http://id.example.org/keys" is neither a file nor an https address`},
		{"--auth-jwt-owner-claim=", "", "", "flag --auth-jwt-owner-claim: a claim must be named"},
		{"--auth-forwarded-owner-header=x(y", "", "", `flag --auth-forwarded-owner-header: "x(y" is not the name of a header field`},
		{"--auth-forwarded-owner-header=X-Forwarded-For", "", "", `flag --auth-forwarded-owner-header: "X-Forwarded-For" says something else than who calls`},
		{"--auth-forwarded-plan-header=content-type", "", "", `flag --auth-forwarded-plan-header: "content-type" says something else than who calls`},
		{"--auth-forwarded-scopes-header=x-api-key", "", "", `flag --auth-forwarded-scopes-header: "x-api-key" says something else than who calls`},
		{"--auth-jwt-leeway=1h", "", "", `flag --auth-jwt-leeway: "1h" is more than 10m0s`},
		{"", "", "fetch: 80\n", "claim.yaml line 1: settings of fetch must be written as lines of key: value"},
		{"", "", strings.Repeat("#", 1<<20) + "\n", "claim.yaml is longer than 1048576 bytes"},
	} {
		_, err := load(c.args, c.environ, c.text)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %s %.60q:\n got %v\nwant %s", c.args, c.environ, c.text, err, c.want)
		}
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	for name, values := range map[string][]string{
		"public_url":      {"jobs.example.org", "ftp://x", "http://", "http://:80", "http://x//", "http://x/a//b", "http://x/a//", "http://x/./a", "http://x/a/..", "http://x/a%20b", "http://x/a%2fb", "http://x/é", "http://x/a;b", "http://x/a b", "http://x/a\\b", "http://x/a?", "http://x/a#b", "http://x/" + strings.Repeat("a", 200), "http://x?", "http://x?q=1", "http://x#", "http://u@x", "http://u:p@x", "http://x:99999", "http://x:y", "http://é.org", "//x", "http:x"},
		"cors_origins":    {"https://a.example/", "null", "*.example.org", "https://*.example.org", "https://a.example,", ",", "file://"},
		"trusted_proxies": {"10.0.0.0/33", "10.0.0", "localhost", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1,"},
		"listen":          {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1", "http://x:80", "::1:80", "unix:", "unix:api.sock", "unix:/" + strings.Repeat("a", 96), "unix://x\x00", "systemd:", "systemd:a b", "systemd :80"},
		"listen_mode":     {"", "rw", "0060", "0888", "01660", "-1"},
		"listen_http":     {"80", "unix:x"},
		"acme":            {"localhost", "10.0.0.1", "*.example.org", "a.example.org:443", "https://a.example.org", "a_b.example.org", "é.example.org", "a.example.org,"},
		"acme_directory":  {"", "http://ca.example/dir", "ca.example", "https://", "https://u:p@ca.example/"},
		"sync_max_bytes":  {"", "-1", "1.5MiB", "1 MiB", "MiB", "8mib", "1KiBB", "9223372036854775807KiB", "8388608TiB", "0x10", "1e3", "1_000", "+1", "٣"},
		"sync_timeout":    {"", "1", "1d", "1 s", "-1s", "1e3s", "99999999999999999999h"},
		"max_attempts":    {"0", "101", "1.0", "99999999999999999999", "auto"},
		"data":            {"a\x00b"},
		"blobs": {
			"files", "/files", "file:", "file://", "file:///", "file:///a/..", "file://host/a", "file:///a?b", "file:///a?", "file:///a#b", "file:a", "file:///a%00b", "http://x/", "s3:", "s3://", "s3:///a", "s3://a",
			"s3://Files", "s3://a..b", "s3://files/prefix", "s3://u@files", "s3://u:p@files", "s3://files?endpoint=x", "s3://files?endpoint=ftp://x", "s3://files?endpoint=http://u:p@x", "s3://files?endpoint=http://x/y",
			"s3://files?region=", "s3://files?region=a%2fb", "s3://files?region=a&region=b", "s3://files?secret=x", "s3://files?a;b", "s3://files#x",
		},
		"log_requests": {"", "yes", "1", "TRUE"},
		"store":        {"x", "postgres:", "postgres://", "mysql://h/x", "http://h"}, "store_direct": {"x"}, "store_replica": {"x"}, "store_connections": {"", "3", "1001", "x"},
		"console":       {"", "no", "off", "False"},
		"roles":         {"", "api,", "client", "api,workers"},
		"download_mode": {"", "Proxy", "proxy,redirect", "direct"},
		"download_host": {"files.example.org", "https://x/y"},
	} {
		for _, text := range values {
			if _, err := config.Load(nil, from([]string{"CLAIMCHECK_" + strings.ToUpper(name) + "=" + text}, nil)); err == nil {
				t.Errorf("%s: %q accepted", name, text)
			}
		}
	}
}

func TestHelpIsAskedFor(t *testing.T) {
	for _, args := range []string{"--help", "-h", "--workers 3 --help"} {
		if _, err := load(args, "", ""); !errors.Is(err, pflag.ErrHelp) {
			t.Errorf("%s: got %v, want ErrHelp", args, err)
		}
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	usage := config.FileNote()
	docs := map[string]string{}
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.Part{Settings: config.Names()}.Add(flags)
	for _, s := range config.Settings() {
		f := flags.Lookup(strings.TrimPrefix(s.Flag(), "--"))
		if f == nil || !strings.HasPrefix(f.Usage, s.Doc) || f.Value.Type() != s.Form() || s.Default != "" && !strings.HasSuffix(f.Usage, " Default: "+s.Default+".") {
			t.Errorf("the flag of %s says %+v", s.Name, f)
		}
		if len(s.Doc) < 10 || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%s: %q is no sentence", s.Name, s.Doc)
		}
		if s.Form() == "" && s.Default != "false" && s.Default != "true" {
			t.Errorf("%s has no form", s.Name)
		}
	}
	for _, l := range config.Limits() {
		docs[l.Name+" "+l.Form] = l.Doc
	}
	for name, doc := range docs {
		if len(doc) < 10 || !strings.HasSuffix(doc, ".") {
			t.Errorf("%s: %q is no sentence", name, doc)
		}
		if !strings.Contains(usage, "  "+name) || !strings.Contains(usage, doc) {
			t.Errorf("the help lacks %s", name)
		}
	}
}

// TestVariablesOfOpenTelemetryAreHandedOn as they are: what they mean is not this
// package's business.
func TestVariablesOfOpenTelemetryAreHandedOn(t *testing.T) {
	t.Parallel()
	cfg, err := load("", "HOME=/ OTEL_SDK_DISABLED=no CLAIMCHECK_WORKERS=3 OTEL_SERVICE_NAME=a=b", "")
	if want := []string{"OTEL_SDK_DISABLED=no", "OTEL_SERVICE_NAME=a=b"}; err != nil || !slices.Equal(cfg.OpenTelemetry, want) {
		t.Errorf("got %q, %v, want %q", cfg.OpenTelemetry, err, want)
	}
}

func TestEveryFieldHasASetting(t *testing.T) {
	fields := reflect.TypeFor[config.Config]().NumField() - 4 + // three groups, and what OpenTelemetry reads
		reflect.TypeFor[config.JWT]().NumField() + reflect.TypeFor[config.Forwarded]().NumField() + reflect.TypeFor[config.TLS]().NumField()
	if rows := len(config.Names()); fields != rows {
		t.Errorf("%d fields, %d rows and plans", fields, rows)
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"workers: 3\nplans:\n  default: {max_input_bytes: 50MiB}\n", "a: &a [*a]\n", "<<: {workers: 1}\n", "? [a]\n: b", "!!binary workers: 1", "#\n - - QI\xd7", "0: [:!00 \xef",
		"workers: |\n  1\n", "{", "\t", "%YAML 9\n---\n", "--- >\n", strings.Repeat("[", 1000), strings.Repeat("a: {", 1000), "\xff\xfe", "\x00", "? ", "- ", ": ", "!", "*", "&",
	} {
		f.Add("--workers=1 --lease 5s", "CLAIMCHECK_LEASE=1s", text)
	}
	f.Fuzz(func(t *testing.T, args, environ, text string) {
		_, err := load(args, environ, text)
		if err != nil && (strings.ContainsAny(err.Error(), "\n\r\x00") || err.Error() == "") {
			t.Errorf("%q is not one sentence", err)
		}
	})
}

func FuzzSizeAndDuration(f *testing.F) {
	for _, text := range []string{"0", "50MiB", "8191TiB", "8388608TiB", "1B", "", "B", "-1", "72h", "1h30m", "2562047h47m16.854775807s", ".s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := config.ParseSize(text); n < 0 || (err != nil && n != 0) {
			t.Errorf("size %q: %d, %v", text, n, err)
		}
		if d, err := config.ParseDuration(text); d < 0 || d > 10*365*24*time.Hour || (err != nil && d != 0) {
			t.Errorf("duration %q: %v, %v", text, d, err)
		}
	})
}

func TestDifferingNamesSettingsAsTheyAreWritten(t *testing.T) {
	a, err := load("", "", "workers: 3\nlease: 30s\n")
	if err != nil {
		t.Fatal(err)
	}
	b, err := load("--listen=:1", "", "workers: 3\nlease: 40s\nfetch: {allow_ports: [81]}\ntools:\n  - {name: x, mode: pull}\nplans:\n  small: {jobs_per_month: 1}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := config.Differing(&a, &b), []string{"listen", "lease", "fetch.allow_ports"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := config.Differing(&b, &b); got != nil {
		t.Errorf("a configuration differs from itself in %q", got)
	}
}

func TestAutomaticWorkersGoByTheStore(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, max(4, runtime.GOMAXPROCS(0))},
		{[]string{"--store=postgres://db/claimcheck"}, max(64, 16*runtime.GOMAXPROCS(0))},
		{[]string{"--store=postgres://db/claimcheck", "--workers=3"}, 3},
		{[]string{"--workers=0"}, 0},
	} {
		cfg, err := config.Load(c.args, from(nil, nil))
		if err != nil || cfg.Workers != c.want {
			t.Errorf("%v: %d workers, %v, want %d", c.args, cfg.Workers, err, c.want)
		}
	}
}
