//go:build !unix

package main

// ignoreSignals has nothing to do where there is no signal of file sizes.
func ignoreSignals() {}
