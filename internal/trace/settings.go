package trace

import (
	"cmp"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Settings say whether spans are made and how they are sent. What else can be said
// in the environment is read by the SDK.
type Settings struct {
	On    bool
	GRPC  bool // OTLP over gRPC; false: over HTTP, in protobuf
	Pass  bool // trace contexts are read from requests and sent with calls
	Queue int  // spans that may wait for the collector; more are dropped
}

// Read reads the standard variables (OTEL_...) out of an environment of
// NAME=value. Spans are wanted where there is an address for them
// (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), or
// OTEL_TRACES_EXPORTER=otlp asks for the usual one, unless OTEL_SDK_DISABLED=true
// or OTEL_TRACES_EXPORTER=none says no. Each warning is one sentence about a
// variable that cannot be what it is; it is as if that were not set, as
// OpenTelemetry's specification wants it (configuration/sdk-environment-variables),
// but that nothing is sent where the address, a certificate or a header is wrong:
// what was meant for one collector is not sent to another, or in another's name.
func Read(environ []string) (s Settings, warnings []string) {
	v := variables(environ)
	s = Settings{Queue: sdktrace.DefaultMaxQueueSize, Pass: true}
	exporter := v["OTEL_TRACES_EXPORTER"]
	address := cmp.Or(v["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], v["OTEL_EXPORTER_OTLP_ENDPOINT"])
	if strings.EqualFold(v["OTEL_SDK_DISABLED"], "true") || exporter == "none" || exporter != "otlp" && address == "" {
		return s, unwanted(exporter)
	}
	c := &check{v: v}
	c.all()
	s.On = !c.fatal
	s.GRPC = cmp.Or(v["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"], v["OTEL_EXPORTER_OTLP_PROTOCOL"]) == "grpc"
	if n, ok := number(v["OTEL_BSP_MAX_QUEUE_SIZE"]); ok && n > 0 {
		s.Queue = n
	}
	s.Pass = passes(v["OTEL_PROPAGATORS"])
	if c.fatal {
		c.say("no traces are sent until that is mended")
	}
	return s, c.said
}

// unwanted warns of an exporter that is asked for and not there, while nothing else
// wants spans.
func unwanted(exporter string) []string {
	if exporter == "" || exporter == "none" || exporter == "otlp" {
		return nil
	}
	return []string{wrongExporter(exporter)}
}

// passes reports whether trace contexts are passed on, by OTEL_PROPAGATORS: unless
// it names others only, or none.
func passes(list string) bool {
	if list == "" {
		return true
	}
	unknown := true
	for name := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(name) {
		case "tracecontext":
			return true
		case "none", "baggage":
			unknown = false
		}
	}
	return unknown // as if it were not set
}

// variables are those of OpenTelemetry by name; one with an empty value is not set.
func variables(environ []string) map[string]string {
	v := map[string]string{}
	for _, text := range environ {
		name, value, _ := strings.Cut(text, "=")
		if value = strings.TrimSpace(value); value != "" && strings.HasPrefix(name, "OTEL_") {
			v[name] = value
		}
	}
	return v
}
