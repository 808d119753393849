package claimcheck_test

import (
	"slices"
	"strings"
)

// testOnly are packages that the program must not contain, with those below them.
var testOnly = []string{"client/clienttest", "internal/testneeds", "internal/pgproc", "internal/proxyproc", "internal/serverproc", "internal/judges", "internal/cluster", "internal/store/storetest", "internal/blob/blobtest", "internal/fetch/fetchtest", "internal/coding/codingtest", "internal/trace/tracetest", "internal/tool/datatool/goldentest", "internal/data/datatest"}

func isTestOnly(dir string) bool {
	return slices.ContainsFunc(testOnly, func(t string) bool { return dir == t || strings.HasPrefix(dir, t+"/") })
}
