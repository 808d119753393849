// Package tracetest is a collector for tests: it speaks OTLP over HTTP (protobuf)
// and over gRPC as the specification has it, by the types that it is generated
// from, keeps the spans that it is sent, and draws them as trees. Only tests
// import it.
package tracetest

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // what exporters may compress with
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// A Collector takes spans until its test ends.
type Collector struct {
	HTTP string // its address for OTLP over HTTP, without a path
	GRPC string // its address for OTLP over gRPC
	File string // its certificate, in PEM; empty without TLS

	t testing.TB

	mu      sync.Mutex // guards the fields below
	spans   []Span
	headers []map[string]string // of each request: what was sent beside the spans
	refuse  bool
}

// Start starts a collector, with TLS if that is wanted.
func Start(t testing.TB, secure bool) *Collector {
	t.Helper()
	c := &Collector{t: t}
	web := httptest.NewUnstartedServer(http.HandlerFunc(c.post))
	var options []grpc.ServerOption
	scheme := "http://"
	if secure {
		web.StartTLS()
		scheme = "https://"
		c.File = filepath.Join(t.TempDir(), "collector.pem")
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
		if err := os.WriteFile(c.File, text, 0o600); err != nil {
			t.Fatal(err)
		}
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})))
	} else {
		web.Start()
	}
	t.Cleanup(web.Close)
	c.HTTP = web.URL
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.GRPC = scheme + l.Addr().String()
	s := grpc.NewServer(options...)
	collector.RegisterTraceServiceServer(s, service{c: c})
	go func() { _ = s.Serve(l) }() // until Stop
	t.Cleanup(s.Stop)
	return c
}

// Env are the variables with which a program sends its spans here, soon after they
// end; over grpc or http/protobuf.
func (c *Collector) Env(protocol string) []string {
	at := c.HTTP
	if protocol == "grpc" {
		at = c.GRPC
	}
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + at, "OTEL_EXPORTER_OTLP_PROTOCOL=" + protocol, "OTEL_BSP_SCHEDULE_DELAY=20"}
}

// Refuse has the collector refuse all from now on, or take it again.
func (c *Collector) Refuse(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = on
}

// Headers are what was sent beside the spans, by request.
func (c *Collector) Headers() []map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]map[string]string(nil), c.headers...)
}

// take keeps what a request has, unless it refuses.
func (c *Collector) take(r *collector.ExportTraceServiceRequest, headers map[string]string) bool {
	spans, err := read(r)
	if err != nil {
		c.t.Errorf("the collector was sent %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse {
		return false
	}
	c.spans = append(c.spans, spans...)
	c.headers = append(c.headers, headers)
	return true
}

// post is OTLP over HTTP (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP").
func (c *Collector) post(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/traces" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.t.Errorf("the collector was sent %s %s of type %s", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			c.t.Errorf("the collector was sent no gzip: %v", err)
			return
		}
		body = z
	}
	var in collector.ExportTraceServiceRequest
	b, err := io.ReadAll(body)
	if err == nil {
		err = proto.Unmarshal(b, &in)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	headers := map[string]string{}
	for name := range r.Header {
		headers[http.CanonicalHeaderKey(name)] = r.Header.Get(name)
	}
	if !c.take(&in, headers) {
		w.WriteHeader(http.StatusForbidden) // which is not tried again
		return
	}
	out, err := proto.Marshal(&collector.ExportTraceServiceResponse{})
	if err != nil {
		c.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(out)
}

// service is OTLP over gRPC.
type service struct {
	collector.UnimplementedTraceServiceServer

	c *Collector
}

// Export takes spans.
func (s service) Export(ctx context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	headers := map[string]string{}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		for name, values := range md {
			headers[http.CanonicalHeaderKey(name)] = values[0]
		}
	}
	if !s.c.take(r, headers) {
		return nil, status.Error(codes.PermissionDenied, "refused")
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// patience is how long spans are waited for, on a slow machine.
const patience = 60 * time.Second

// Wants waits until the spans of a trace make this tree; see Tree.
func (c *Collector) Wants(t testing.TB, trace, tree string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		got := c.Tree(trace)
		if got == tree {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the trace %s is\n%swant\n%s", trace, got, tree)
		}
	}
}

// String is for messages.
func (c *Collector) String() string {
	return fmt.Sprintf("%s, %s: %d spans", c.HTTP, c.GRPC, len(c.Spans()))
}
