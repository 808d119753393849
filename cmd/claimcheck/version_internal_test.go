package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestWhatABuildSaysOfItself(t *testing.T) {
	vcs := &debug.BuildInfo{Main: debug.Module{Version: "v0.9.1"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.modified", Value: "true"}}}
	for _, c := range []struct {
		name            string
		version, commit string
		info            *debug.BuildInfo
		want            build
	}{
		{"nothing is known", "", "", nil, build{Version: "(devel)"}},
		{"the Go command says it", "", "", vcs, build{Version: "v0.9.1", Commit: "0123", Modified: true}},
		{"the linker goes first", "v1.0.0", "4567", vcs, build{Version: "v1.0.0", Commit: "4567", Modified: true}},
		{"a release from an archive", "v1.0.0", "4567", &debug.BuildInfo{}, build{Version: "v1.0.0", Commit: "4567"}},
	} {
		c.want.Go, c.want.OS, c.want.Arch = runtime.Version(), runtime.GOOS, runtime.GOARCH
		if got := buildOf(c.version, c.commit, c.info); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
