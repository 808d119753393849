// Package traces has no code, only tests: in them real servers tell what they do to
// a collector that speaks OpenTelemetry's own protocol (package tracetest), on
// each store and in more than one process, and the trees of spans are compared.
package traces
