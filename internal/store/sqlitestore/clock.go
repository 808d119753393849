package sqlitestore

import (
	"context"

	"claimcheck/internal/store/record"
)

const (
	sqlLatestOff = "SELECT since FROM deliveries WHERE state = 0 AND since > 0 ORDER BY since DESC LIMIT 1"
	sqlRedate    = `UPDATE deliveries SET due = ?1, since = 0 WHERE n IN
		(SELECT n FROM deliveries WHERE state = 0 AND since > 0 AND since > ?2 ORDER BY since DESC LIMIT ?3)`
)

// Redate reports whether pending deliveries were put off by a clock that was set
// back since, and makes up to limit of them due now.
func (s *Store) Redate(ctx context.Context, limit int) (some bool, err error) {
	err = s.read(ctx, "look for deliveries from the future", func(c *conn) error {
		latest, err := c.number(sqlLatestOff)
		some = record.Time(latest).After(s.o.Now().Add(record.Slack))
		return err
	})
	if err != nil || !some || limit == 0 {
		return some, err
	}
	return some, s.write(ctx, "make deliveries due", false, func(t *tx) error {
		t.due = true
		return t.run(sqlRedate, func(b *binder) { b.time(t.now).time(t.now.Add(record.Slack)).int(int64(limit)) })
	})
}
