// Package http2 has no code, only tests: in them other people's clients speak HTTP/2
// with a real server that has a certificate of its own, signed by nobody they know.
// What waits for something, long polls and event streams, must not keep anything else
// from the connection. An authority gives certificates to such a server by ACME.
//
// A test whose program is not installed is skipped, or fails where skips are
// forbidden (package testneeds); needs.sh installs all of them.
package http2
