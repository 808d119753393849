package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlNotes     = "SELECT name, data, until FROM claimcheck.notes WHERE kind = $2 AND (until = 0 OR until > " + pg.SQLMilli + ")"
	sqlDropNotes = "DELETE FROM claimcheck.notes WHERE kind = $1 AND until > 0 AND until <= $2"
	sqlSaveNotes = `INSERT INTO claimcheck.notes (kind, name, data, until) SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::bigint[])
		ON CONFLICT (kind, name) DO UPDATE SET data = excluded.data, until = excluded.until`
	sqlAddNote  = "INSERT INTO claimcheck.notes (kind, name, data, until) VALUES ($1, $2, $3, 0) ON CONFLICT (kind, name) DO NOTHING"
	sqlDropNote = "DELETE FROM claimcheck.notes WHERE kind = $1 AND name = $2"
)

// Notes returns the notes of a kind whose time has not passed.
func (s *Store) Notes(ctx context.Context, kind string) (list []protocol.Note, err error) {
	err = s.db.Read(ctx, s.db.Pool, "read notes", func(rows pgx.Rows) error {
		var n protocol.Note
		var until int64
		err := rows.Scan(&n.Name, &n.Data, &until)
		n.Name, n.Data, n.Until = pg.Dec(n.Name), pg.BytesOrNil(n.Data), record.Time(until)
		list = append(list, n)
		return err
	}, sqlNotes, s.db.TestMilli(), pg.Enc(kind))
	return list, err
}

// SaveNotes keeps notes and forgets those of their kind whose time has passed.
func (s *Store) SaveNotes(ctx context.Context, kind string, notes []protocol.Note) error {
	var names []string
	var data [][]byte
	var until []int64
	for _, n := range notes {
		names, data, until = append(names, pg.Enc(n.Name)), append(data, pg.Blob(n.Data)), append(until, record.Milli(n.Until))
	}
	return s.task(ctx, "save notes", nil, func(u *unit.Unit) error {
		if _, err := u.Exec(sqlDropNotes, pg.Enc(kind), record.Milli(u.Now)); err != nil {
			return err
		}
		_, err := u.Exec(sqlSaveNotes, pg.Enc(kind), names, data, until)
		return err
	})
}

// AddNote keeps a note unless there is one of its name.
func (s *Store) AddNote(ctx context.Context, kind string, n protocol.Note) (added bool, err error) {
	err = s.task(ctx, "add a note", nil, func(u *unit.Unit) error {
		rows, err := u.Exec(sqlAddNote, pg.Enc(kind), pg.Enc(n.Name), pg.Blob(n.Data))
		added = rows == 1
		return err
	})
	return added && err == nil, err
}

// DropNote forgets a note.
func (s *Store) DropNote(ctx context.Context, kind, name string) (dropped bool, err error) {
	err = s.task(ctx, "drop a note", nil, func(u *unit.Unit) error {
		rows, err := u.Exec(sqlDropNote, pg.Enc(kind), pg.Enc(name))
		dropped = rows == 1
		return err
	})
	return dropped && err == nil, err
}
