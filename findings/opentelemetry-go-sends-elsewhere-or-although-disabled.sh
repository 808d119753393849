#!/bin/sh
# OpenTelemetry's SDK for Go sends spans although OTEL_SDK_DISABLED=true, which "disables the SDK for all signals" in the specification, and an address without a scheme, as many other programs take it,
# sends them to https://localhost:4318 instead. Who relies on the variables alone looks at them first.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init finding >/dev/null 2>&1
go get go.opentelemetry.io/otel/sdk@v1.46.0 go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp@v1.46.0 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// send makes one span and returns what went wrong with sending it.
func send(address string) (trouble string) {
	os.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		panic(err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { trouble = err.Error() }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	_, span := provider.Tracer("x").Start(context.Background(), "x")
	span.End()
	return trouble
}

func main() {
	var got atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		got.Add(1)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	os.Setenv("OTEL_SDK_DISABLED", "true")
	send(server.URL)
	disabled := got.Load()
	os.Unsetenv("OTEL_SDK_DISABLED")
	trouble := send(strings.TrimPrefix(server.URL, "http://"))
	elsewhere := strings.Contains(trouble, `"https://localhost:4318/v1/traces"`)
	fmt.Printf("go.opentelemetry.io/otel/sdk v1.46.0: %d request with OTEL_SDK_DISABLED=true; with the address %s it calls localhost:4318: %t\n", disabled, strings.TrimPrefix(server.URL, "http://"), elsewhere)
	if disabled != 1 || got.Load() != 1 || !elsewhere {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . 2>/dev/null
