//go:build unix

package listen_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/listen"
)

func open(t *testing.T, path string) (net.Listener, error) {
	t.Helper()
	o := listen.Opener{Mode: 0o660}
	return o.Open(context.Background(), listen.UnixPrefix+path)
}

// folder is a short one: the path of a socket may not be long.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc-") //nolint:usetesting // a test's own folder has a path that is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func answers(path string) bool {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestASocketIsMadeAndGone(t *testing.T) {
	path := filepath.Join(folder(t), "api.sock")
	l, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	is, err := os.Lstat(path)
	if err != nil || is.Mode().Perm() != 0o660 || !answers(path) {
		t.Errorf("%v %v", is, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("it is there after its end: %v", err)
	}
	_ = l.Close() // twice does no harm
}

func TestASocketOfADeadServerIsReplaced(t *testing.T) {
	path := filepath.Join(folder(t), "api.sock")
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false) //nolint:errcheck // that is what unix is
	_ = dead.Close()
	l, err := open(t, path)
	if err != nil || !answers(path) {
		t.Fatal(err)
	}
	_ = l.Close()
}

// TestALiveSocketIsLeftAlone: of ours, and of another program that has no lock.
func TestALiveSocketIsLeftAlone(t *testing.T) {
	dir := folder(t)
	ours, theirs, file := filepath.Join(dir, "a.sock"), filepath.Join(dir, "b.sock"), filepath.Join(dir, "c.sock")
	l, err := open(t, ours)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other, err := net.Listen("unix", theirs)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{ours: "another server listens there", theirs: "another server listens there", file: "something is there that is no socket", filepath.Join(dir, "none", "x"): "no such file"} {
		if _, err := open(t, path); err == nil || !strings.HasPrefix(err.Error(), "cannot listen on unix:"+path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if !answers(ours) || !answers(theirs) {
		t.Error("a live socket was taken over")
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("the file has %q, %v", text, err)
	}
}

// TestASocketThatIsSomebodyElsesByNowStays when we end.
func TestASocketThatIsSomebodyElsesByNowStays(t *testing.T) {
	path := filepath.Join(folder(t), "api.sock")
	l, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path)
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	_ = l.Close()
	if !answers(path) {
		t.Error("the other's socket is gone")
	}
}
