package unit

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlPutAnswers = `INSERT INTO claimcheck.answers (owner, key, digest, job, status, link_at, output, expires, body)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::integer[], $6::integer[], $7::text[], $8::bigint[], $9::bytea[])
		ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, job = excluded.job, status = excluded.status, link_at = excluded.link_at,
			output = excluded.output, expires = excluded.expires, body = excluded.body`
)

const (
	sqlAnswersOf = `SELECT a.owner, a.key, ` + AnswerColumns + ` FROM unnest($1::text[], $2::text[]) k (owner, key)
		JOIN claimcheck.answers a ON a.owner = k.owner AND a.key = k.key`
)

const (
	// AnswerColumns are what ScanAnswer reads after owner and key, of a table a.
	AnswerColumns = "a.digest, a.job, a.status, a.link_at, a.output, a.expires, a.body, a.xmin"
)

// ScanAnswer reads a row of owner, key and AnswerColumns, and which transaction
// wrote it.
func ScanAnswer(rows pgx.Rows, owner, key *string, tx *uint32) (*protocol.Idempotency, error) {
	var a protocol.Idempotency
	var digest []byte
	var id pgtype.UUID
	var expires int64
	err := rows.Scan(owner, key, &digest, &id, &a.Status, &a.LinkAt, &a.Output, &expires, &a.Body, tx)
	a.Key, a.Output, a.Expires = pg.Dec(*key), pg.Dec(a.Output), record.Time(expires)
	a.Body = pg.BytesOrNil(a.Body)
	copy(a.Digest[:], digest)
	if id.Valid {
		a.Job = id.Bytes
	}
	return &a, err
}

func (u *Unit) queueAnswers(b *pgx.Batch, keys []AnswerKey) {
	owners, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		owners[i], names[i] = pg.Enc(k.Owner), pg.Enc(k.Key)
		u.answers[k] = &answerState{}
	}
	b.Queue(sqlAnswersOf, owners, names).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var owner, key string
			var tx uint32
			a, err := ScanAnswer(rows, &owner, &key, &tx)
			if err != nil {
				return err
			}
			*u.answers[AnswerKey{pg.Dec(owner), a.Key}] = answerState{is: a, tx: tx}
		}
		return rows.Err()
	})
}

// answer returns the unexpired remembered answer of a key, its owner locked.
func (u *Unit) answer(owner, key string) (*answerState, error) {
	of := AnswerKey{owner, key}
	if u.answers[of] == nil {
		b := u.Start()
		u.queueAnswers(b, []AnswerKey{of})
		if err := u.Send(b); err != nil {
			return nil, err
		}
	}
	a := u.answers[of]
	if a.is != nil && !a.is.Expires.After(u.Now) {
		a.is = nil
	}
	return a, nil
}

func (u *Unit) flushAnswers(b *pgx.Batch) {
	var owners, keys, outputs []string
	var digests, bodies [][]byte
	var jobs []pgtype.UUID
	var status, linkAt []int32
	var expires []int64
	for of, a := range u.answers {
		if !a.dirty {
			continue
		}
		owners, keys, outputs = append(owners, pg.Enc(of.Owner)), append(keys, pg.Enc(of.Key)), append(outputs, pg.Enc(a.is.Output))
		digests, bodies = append(digests, a.is.Digest[:]), append(bodies, pg.BlobOrNull(a.is.Body))
		jobs = append(jobs, pg.UUIDOrNull(a.is.Job))
		status, linkAt = append(status, int32(a.is.Status)), append(linkAt, int32(a.is.LinkAt)) //nolint:gosec // an HTTP status, an offset in a body
		expires = append(expires, record.Milli(a.is.Expires))
	}
	if len(owners) > 0 {
		b.Queue(sqlPutAnswers, owners, keys, digests, jobs, status, linkAt, outputs, expires, bodies)
	}
}

// Answer returns the unexpired remembered answer of an idempotency key, or nil.
func (u *Unit) Answer(owner, key string) (*protocol.Idempotency, error) {
	a, err := u.answer(owner, key)
	if err != nil || a.is == nil {
		return nil, err
	}
	u.tell(a.tx)
	return a.is, nil
}

// PutAnswer notes an answer to be remembered.
func (u *Unit) PutAnswer(owner string, a *protocol.Idempotency) error {
	st, err := u.answer(owner, a.Key)
	if err != nil {
		return err
	}
	is := *a
	is.Expires = record.Time(record.Milli(is.Expires))
	st.is, st.dirty = &is, true
	u.Wrote = true
	return nil
}

// An AnswerKey is an idempotency key of an owner.
type AnswerKey struct{ Owner, Key string }

type answerState struct {
	is    *protocol.Idempotency // nil: none, or expired
	tx    uint32                // which wrote it, as rows have it
	dirty bool
}
