// Package proxies has no code, only tests: in them other people's proxies stand
// before a real server with the configurations of deploy/proxies, as their reader
// copies them. Only addresses, ports and folders are put in.
//
// A test whose proxy is not installed is skipped, or fails where skips are
// forbidden (package testneeds); needs.sh installs all of them.
package proxies
