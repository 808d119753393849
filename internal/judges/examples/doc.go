// Package examples has no code, only tests: in them the files of examples/ are run
// as their readers run them, against a real server. Between the two stands a door
// that lets the first submission use up the limit, answers the first question with
// 503, and holds the job back until it was asked for often enough; what it notes
// says whether an example did what it teaches. The Postman collection is run by
// npm's newman, the page by Chromium.
//
// A test whose program is not installed is skipped, or fails where skips are
// forbidden (package testneeds); needs.sh installs all of them.
package examples
