// Package datatools has no code, only tests: in them each built-in data tool is called
// over HTTP on a real server, with its golden cases, at once and as a job, and must
// answer both times what the archive says.
package datatools
