package file_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"

	"claimcheck/internal/store/sqlitestore/file"
)

// TestListsLeaveConnectionsToOthers: while all that lists may use are in use, a
// quick read has one.
func TestListsLeaveConnectionsToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	w, err := file.OpenWriter(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	synctest.Test(t, func(t *testing.T) {
		p, err := file.OpenPool(path, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		gone, done := errors.New("closed"), make(chan struct{})
		go func() {
			_ = p.List(t.Context(), "list", func(*file.Conn) error { <-done; return nil })
		}()
		synctest.Wait()
		late, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.List(late, "list", func(*file.Conn) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a second list: %v, want that it waited until it was canceled", err)
		}
		if err := p.Read(t.Context(), "read", func(c *file.Conn) error { _, err := c.Number("SELECT 1"); return err }); err != nil {
			t.Errorf("a read beside a list: %v", err)
		}
		go p.Drain(gone)
		synctest.Wait()
		if err := p.Read(t.Context(), "read", func(*file.Conn) error { return nil }); !errors.Is(err, gone) {
			t.Errorf("a read after the end: %v, want %v", err, gone)
		}
		close(done)
		synctest.Wait()
	})
}
