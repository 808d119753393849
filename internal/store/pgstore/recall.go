package pgstore

import (
	"context"
	"time"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlLatestOff = "SELECT coalesce((SELECT since FROM claimcheck.deliveries WHERE state = 0 AND since > 0 ORDER BY since DESC LIMIT 1), 0) > $2 + " + pg.SQLMilli
	sqlRedate    = `UPDATE claimcheck.deliveries SET due = $3, since = 0 WHERE id IN (SELECT id FROM claimcheck.deliveries
		WHERE state = 0 AND since > 0 AND since > $2::bigint + $3::bigint ORDER BY since DESC LIMIT $1 FOR UPDATE SKIP LOCKED)`
)

// Redate reports whether pending deliveries were put off by a clock that was set
// back since, and makes up to limit of them due now.
func (s *Store) Redate(ctx context.Context, limit int) (some bool, err error) {
	slack := record.Slack.Milliseconds()
	if _, err = s.db.One(ctx, "look for deliveries from the future", []any{&some}, sqlLatestOff, s.db.TestMilli(), slack); err != nil || !some || limit == 0 {
		return some, err
	}
	return some, s.task(ctx, "make deliveries due", nil, func(u *unit.Unit) error {
		u.Due = true
		_, err := u.Exec(sqlRedate, limit, slack, record.Milli(u.Now))
		return err
	})
}

const (
	// What is kept longest of each kind.
	outputsAhead  = "(SELECT id, token, created FROM claimcheck.outputs WHERE NOT has_job AND expires > 0 ORDER BY expires DESC LIMIT $2) o WHERE created > $1"
	uploadsAhead  = "(SELECT id, created FROM claimcheck.uploads WHERE jobs = 0 AND done ORDER BY expires DESC LIMIT $2) u WHERE created > $1"
	deliversAhead = "(SELECT id, created FROM claimcheck.deliveries ORDER BY expires DESC LIMIT $2) d WHERE created > $1"

	answersAhead = "(SELECT owner, key FROM claimcheck.answers WHERE expires > $1 ORDER BY expires DESC LIMIT $2 FOR UPDATE SKIP LOCKED)"

	sqlAhead = "SELECT EXISTS (SELECT 1 FROM claimcheck.answers WHERE expires > $3) OR EXISTS (SELECT 1 FROM " + outputsAhead + ") OR EXISTS (SELECT 1 FROM " + uploadsAhead + ") OR EXISTS (SELECT 1 FROM " + deliversAhead + ")"
	sqlNow   = " SET expires = expires - created + $3, created = $3 WHERE "

	sqlRecallOutputs    = "UPDATE claimcheck.outputs" + sqlNow + "(id, token) IN (SELECT id, token FROM " + outputsAhead + ")"
	sqlRecallUploads    = "UPDATE claimcheck.uploads" + sqlNow + "id IN (SELECT id FROM " + uploadsAhead + ")"
	sqlRecallDeliveries = "UPDATE claimcheck.deliveries" + sqlNow + "id IN (SELECT id FROM " + deliversAhead + ")"
	sqlRecallAnswers    = "UPDATE claimcheck.answers SET expires = $3 WHERE (owner, key) IN " + answersAhead
)

// Recall makes outputs of synchronous calls, finished uploads that no job has,
// deliveries and answers that were made after a time as if they were made now.
// While there are none it only reads.
func (s *Store) Recall(ctx context.Context, after time.Time, limit int) error {
	some, answers := false, record.Milli(after.Add(protocol.AnswerLife))
	if _, err := s.db.One(ctx, "look for what is dated ahead", []any{&some}, sqlAhead, record.Milli(after), limit, answers); err != nil || !some {
		return err
	}
	return s.task(ctx, "bring back what is dated ahead", nil, func(u *unit.Unit) error {
		for _, sql := range []string{sqlRecallOutputs, sqlRecallUploads, sqlRecallDeliveries} {
			if _, err := u.Exec(sql, record.Milli(after), limit, record.Milli(u.Now)); err != nil {
				return err
			}
		}
		_, err := u.Exec(sqlRecallAnswers, answers, limit, record.Milli(u.Now.Add(protocol.AnswerLife)))
		return err
	})
}
