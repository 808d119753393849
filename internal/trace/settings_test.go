package trace_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/trace"
)

func TestWhatTheVariablesSay(t *testing.T) {
	t.Parallel()
	const at, queue = "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", 2048
	on := trace.Settings{On: true, Pass: true, Queue: queue}
	off := trace.Settings{Pass: true, Queue: queue}
	with := func(change func(*trace.Settings)) trace.Settings {
		s := on
		change(&s)
		return s
	}
	over := with(func(s *trace.Settings) { s.GRPC = true })
	for _, c := range []struct {
		environ string // variables, with a space between
		want    trace.Settings
	}{
		{"", off},
		{"HOME=/x CLAIMCHECK_WORKERS=3", off},
		{"OTEL_SERVICE_NAME=x OTEL_TRACES_SAMPLER=always_on", off},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=", off},
		{at, on},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://collector/v1/traces", on},
		{"OTEL_TRACES_EXPORTER=otlp", on},
		{"OTEL_TRACES_EXPORTER=none " + at, off},
		{"OTEL_SDK_DISABLED=true " + at, off},
		{"OTEL_SDK_DISABLED=TRUE OTEL_TRACES_EXPORTER=otlp", off},
		{"OTEL_SDK_DISABLED=false " + at, on},
		{at + " OTEL_EXPORTER_OTLP_PROTOCOL=grpc", over},
		{at + " OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", on},
		{at + " OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc", over},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=unix:///run/collector OTEL_EXPORTER_OTLP_PROTOCOL=grpc", over},
		{at + " OTEL_BSP_MAX_QUEUE_SIZE=7 OTEL_BSP_SCHEDULE_DELAY=10", with(func(s *trace.Settings) { s.Queue = 7 })},
		{at + " OTEL_PROPAGATORS=none", with(func(s *trace.Settings) { s.Pass = false })},
		{at + " OTEL_PROPAGATORS=baggage", with(func(s *trace.Settings) { s.Pass = false })},
		{at + " OTEL_PROPAGATORS=baggage,tracecontext", on},
		{at + " OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20x,a=b OTEL_EXPORTER_OTLP_TIMEOUT=5000 OTEL_EXPORTER_OTLP_COMPRESSION=gzip", on},
		{at + " OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0.5", on},
		{at + " OTEL_RESOURCE_ATTRIBUTES=a=b,c=d", on},
	} {
		got, warnings := trace.Read(strings.Fields(c.environ))
		if got != c.want || len(warnings) > 0 {
			t.Errorf("%s: got %+v, %q, want %+v", c.environ, got, warnings, c.want)
		}
	}
}

// TestWhatCannotBeIsSaid in one sentence each, without what may be a secret; where
// spans would go astray none are sent.
func TestWhatCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(file, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	const at, mend = "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "no traces are sent until that is mended"
	const form = " is wrong in its entry 2; it must be a list of name=value, with a comma between, and other characters as %XX"
	for _, c := range []struct {
		environ string
		on      bool
		want    []string
	}{
		{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317", false, []string{"OTEL_EXPORTER_OTLP_ENDPOINT is not an address; it must begin with http:// or https:// and a host, for instance http://localhost:4318", mend}},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://me:hush@host", false, []string{"OTEL_EXPORTER_OTLP_ENDPOINT has a user name or password in it; say who sends in OTEL_EXPORTER_OTLP_HEADERS", mend}},
		{at + " OTEL_EXPORTER_OTLP_HEADERS=a=b,hush", false, []string{"OTEL_EXPORTER_OTLP_HEADERS" + form, mend}},
		{at + " OTEL_EXPORTER_OTLP_TRACES_HEADERS=a=b,c=hush%2", false, []string{"OTEL_EXPORTER_OTLP_TRACES_HEADERS" + form, mend}},
		{at + " OTEL_EXPORTER_OTLP_CERTIFICATE=" + file, false, []string{"OTEL_EXPORTER_OTLP_CERTIFICATE names the file " + file + ", which has no certificate in PEM", mend}},
		{at + " OTEL_EXPORTER_OTLP_CLIENT_KEY=" + file, false, []string{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY belong together, and only one of them is set", mend}},
		{at + " OTEL_EXPORTER_OTLP_PROTOCOL=http/json", true, []string{`OTEL_EXPORTER_OTLP_PROTOCOL is "http/json"; grpc and http/protobuf are known here, and http/protobuf is used`}},
		{at + " OTEL_EXPORTER_OTLP_COMPRESSION=br", true, []string{`OTEL_EXPORTER_OTLP_COMPRESSION is "br"; gzip and none are known here, and nothing is compressed`}},
		{at + " OTEL_EXPORTER_OTLP_TIMEOUT=10s", true, []string{`OTEL_EXPORTER_OTLP_TIMEOUT is "10s"; it must be a whole number, and the usual one is used`}},
		{at + " OTEL_BSP_MAX_QUEUE_SIZE=many", true, []string{`OTEL_BSP_MAX_QUEUE_SIZE is "many"; it must be a whole number, and the usual one is used`}},
		{at + " OTEL_TRACES_SAMPLER=some", true, []string{`OTEL_TRACES_SAMPLER is "some"; always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio are known here, and parentbased_always_on is used`}},
		{at + " OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=2", true, []string{`OTEL_TRACES_SAMPLER_ARG is "2"; it must be a number from 0 to 1, and 1 is used`}},
		{at + " OTEL_PROPAGATORS=b3", true, []string{`OTEL_PROPAGATORS has "b3"; tracecontext, baggage and none are known here, and that is left out`}},
		{at + " OTEL_SDK_DISABLED=yes", true, []string{`OTEL_SDK_DISABLED is "yes"; true and false are known here, and it is taken for false`}},
		{at + " OTEL_RESOURCE_ATTRIBUTES=a=b,c", true, []string{`OTEL_RESOURCE_ATTRIBUTES has "c", which is no name=value, and that is left out`}},
		{at + " OTEL_TRACES_EXPORTER=zipkin", true, []string{`OTEL_TRACES_EXPORTER is "zipkin"; otlp and none are known here`}},
		{"OTEL_TRACES_EXPORTER=console", false, []string{`OTEL_TRACES_EXPORTER is "console"; otlp and none are known here`}},
	} {
		got, warnings := trace.Read(strings.Fields(c.environ))
		if got.On != c.on || !slices.Equal(warnings, c.want) {
			t.Errorf("%s: got %t, %q, want %t, %q", c.environ, got.On, warnings, c.on, c.want)
		}
		if strings.Contains(strings.Join(warnings, " "), "hush") {
			t.Errorf("%s: a secret is told", c.environ)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.pem")
	got, warnings := trace.Read([]string{at, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE=" + missing})
	if got.On || len(warnings) != 2 || !strings.HasPrefix(warnings[0], "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE names a file that cannot be read: ") {
		t.Errorf("a certificate that is not there: %+v, %q", got, warnings)
	}
}
