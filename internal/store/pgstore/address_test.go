package pgstore_test

import (
	"testing"

	"claimcheck/internal/store/pgstore"
)

func TestAnAddressMayNameSeveralServers(t *testing.T) {
	for text, want := range map[string]bool{
		"postgres://u:p@h1:5432,h2:5433/x?target_session_attrs=read-write": true, "postgres://h1,h2/x": true, "postgres:///x?host=/run": true, "postgresql://h/x": true,
		"postgres://h1,/x": false, "postgres://h1:x,h2/x": false, "postgres://,/": false, "": false, "http://h/x": false,
	} {
		if got := pgstore.IsAddress(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
