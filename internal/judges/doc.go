// Package judges has no code, only tests: in them programs made by others,
// which know nothing of claimcheck, use a real server and judge it. They are
// pollers for the 202 pattern and of operations in the Azure dialect, which they
// do not tell from Azure (npm @azure/core-lro, Go azcore), clients of Google's
// operations (npm google-gax, Go longrunning), followers of
// server-sent events (npm eventsource, headless Chromium), parsers of structured
// fields and cache rules (npm), clients that honour Retry-After (npm got, curl),
// and two programs of testdata that know nothing but the public page of the
// status API (Python requests, Node's fetch).
// Fifteen HTTP clients and four proxies must tell what was refused before its
// body was read.
//
// A test whose judge is not installed is skipped, or fails where skips are
// forbidden (package testneeds); needs.sh installs all judges.
package judges
