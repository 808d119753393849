// Package testtool has tools that misbehave on demand, for tests of the whole
// server: test-sleep takes its time, test-panic panics, test-exit takes the
// process down, test-fail fails in the way it is told. They exist only in
// programs built with the tag testtools; others have none of them.
package testtool
