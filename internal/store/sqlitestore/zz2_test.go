package sqlitestore_test
import ("testing"; "path/filepath"; "claimcheck/internal/store/sqlitestore")
func optsZZ(t *testing.T) sqlitestore.Options { return sqlitestore.Options{Path: filepath.Join(t.TempDir(), "c.db")} }
