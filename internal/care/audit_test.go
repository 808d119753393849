package care_test

import (
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
)

func TestOldAuditGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		add := func(target string) {
			if err := b.store.AddAudit(t.Context(), account.AuditRow{Key: "key_1", Action: "keys.revoke", Target: target}); err != nil {
				t.Fatal(err)
			}
		}
		for range 450 { // more than a sweep takes at once
			add("old")
		}
		pass(auditKept / 2)
		add("new")
		defer b.run()()
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{time.Minute, 451}, {auditKept/2 - 2*time.Minute, 451}, {2 * time.Minute, 1}, {auditKept / 2, 0}} {
			pass(c.after)
			rows, err := b.store.AuditRows(t.Context(), 0, time.Time{}, 1000)
			if err != nil || len(rows) != c.want {
				t.Errorf("after %s there are %d rows, error %v; want %d", c.after, len(rows), err, c.want)
			}
		}
	})
}
