package dirblob_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"claimcheck/internal/blob/dirblob"
)

const (
	killedKey  = "uploads/ann/upl_00000000000000000000000000000001/A.log"
	killedName = "DIRBLOB_TEST_APPEND" // folder and offset, of the process that is killed
)

// appendStdin is the process that is killed.
func appendStdin(t *testing.T, settings string) {
	t.Helper()
	folder, offset, _ := strings.Cut(settings, " ")
	at, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dirblob.Share(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), killedKey, at, os.Stdin); err != nil {
		t.Fatal(err)
	}
}

// TestWhatCountsSurvivesKills kills the appending process at random bytes: what
// counts then is a beginning of what it was given, at least what counted before, and
// nobody waits for its lock.
func TestWhatCountsSurvivesKills(t *testing.T) {
	if settings := os.Getenv(killedName); settings != "" { //nolint:forbidigo // of this test's own process
		appendStdin(t, settings)
		return
	}
	folder := t.TempDir()
	s := share(t, folder)
	want := make([]byte, 90<<20)
	random := rand.NewChaCha8([32]byte{9})
	_, _ = random.Read(want) // it never fails
	if err := s.Begin(t.Context(), killedKey, int64(len(want))); err != nil {
		t.Fatal(err)
	}
	at, kept := int64(0), 0
	for range 8 {
		give := int64(random.Uint64()%(40<<20)) + 1
		killAnAppend(t, folder, at, want[at:min(at+give, int64(len(want)))])
		n, err := s.Length(t.Context(), killedKey)
		if err != nil || n < at || n > at+give {
			t.Fatalf("%d bytes count, %v, after %d and at most %d more", n, err, at, give)
		}
		if n > at {
			kept++
		}
		at = n
	}
	if kept == 0 {
		t.Error("nothing was kept of any append, some of which were of 16 MiB and more")
	}
	if n, err := s.Append(t.Context(), killedKey, at, bytes.NewReader(want[at:])); err != nil || at+n != int64(len(want)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if err := s.Finish(t.Context(), killedKey, int64(len(want))); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), killedKey)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, not those that were appended: %v", len(got), err)
	}
}

// killAnAppend kills a process that appends when it has taken some bytes; it waits
// for more.
func killAnAppend(t *testing.T, folder string, at int64, give []byte) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWhatCountsSurvivesKills$")
	cmd.Env = append(os.Environ(), killedName+"="+folder+" "+strconv.FormatInt(at, 10))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Write(give); err != nil {
		t.Errorf("it took %d of %d bytes: %v\n%s", n, len(give), err, out.String())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it was killed
}
