package tus_test

import (
	"net/http"
	"path/filepath"
	"testing"
)

// TestOperatorsCommandsLeaveArrivingFilesAlone: the doctor takes nothing of them for
// left behind or lost, nor a memory of one for a file; a copy tells that they are gone.
func TestOperatorsCommandsLeaveArrivingFilesAlone(t *testing.T) {
	f := serve(t, worlds[0], "")
	path, done, over := f.create(9), f.create(2), f.create(9)
	f.patch(http.StatusNoContent, path, 0, "abc")
	key := f.patch(http.StatusNoContent, done, 0, "[]").header.Get("Upload-Key")
	f.patch(http.StatusNoContent, over, 0, "abc")
	f.want(http.StatusNoContent, "ann", "DELETE", over, "")
	report, err := f.srv.Operator().Doctor(t.Context(), true)
	if err != nil || !report.Healthy() || report.Orphans > 0 || report.Missing > 0 {
		t.Errorf("the doctor says %+v, %v", report, err)
	}
	copied := t.TempDir()
	if _, err := f.srv.Operator().Backup(t.Context(), filepath.Join(copied, "data")); err != nil {
		t.Fatal(err)
	}
	f.patch(http.StatusNoContent, path, 3, "defghi")
	g := open(t, copied, nil, "")
	g.keys = f.keys
	g.want(http.StatusGone, "ann", "HEAD", path, "")
	g.want(http.StatusGone, "ann", "HEAD", over, "")
	if got := g.formatted("ann", key); got != "[]" {
		t.Errorf("the job made %s of the copy's file", got)
	}
}
