// Package console has no code, only tests: in them a headless Chromium, driven
// by npm's playwright-core, uses the console of a real server as visitors do,
// and axe-core judges each page for those who cannot see or point. Each way of a
// visitor is a program of testdata, which says through the page what it does and
// asks the test for what is outside of it: a server that ends, a line that is
// cut. All share one browser; visit.mjs has what they have in common.
//
// A test is skipped where something is missing, or fails where skips are
// forbidden (package testneeds); needs.sh installs all of it.
package console
