// Package agents has no code, only tests: in them clients of MCP made by others,
// and the suite that judges servers, use a real server that has tools of its
// endpoint's. Clients that lose the server in the middle of a call, by a kill,
// must find their job again, and the job must end once.
//
// A test whose judge is not installed is skipped, or fails where skips are
// forbidden (package testneeds); needs.sh installs all judges.
package agents
