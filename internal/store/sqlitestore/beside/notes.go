package beside

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlNotes     = "SELECT name, data, until FROM notes WHERE kind = ? AND (until = 0 OR until > ?)"
	sqlDropNotes = "DELETE FROM notes WHERE kind = ? AND until > 0 AND until <= ?"
	sqlSaveNote  = `INSERT INTO notes (kind, name, data, until) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET data = excluded.data, until = excluded.until`
	sqlAddNote  = "INSERT INTO notes (kind, name, data, until) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING"
	sqlDropNote = "DELETE FROM notes WHERE kind = ? AND name = ?"
)

// Notes returns the notes of a kind whose time has not passed.
func (r *Rows) Notes(ctx context.Context, kind string) (list []protocol.Note, err error) {
	now := r.now()
	err = r.read(ctx, "read notes", func(c *file.Conn) error {
		return c.Each(sqlNotes, func(b *file.Binder) { b.Text(kind).Time(now) }, func(st *sqlite.Stmt) {
			list = append(list, protocol.Note{Name: c.TextAt(st, 0), Data: file.BlobAt(st, 1), Until: record.Time(st.ColumnInt64(2))})
		})
	})
	return list, err
}

// SaveNotes keeps notes and forgets those of their kind whose time has passed.
func (r *Rows) SaveNotes(ctx context.Context, kind string, notes []protocol.Note) error {
	return r.write(ctx, "save notes", true, func(t Tx) error {
		if err := t.Run(sqlDropNotes, func(b *file.Binder) { b.Text(kind).Time(t.Now()) }); err != nil {
			return err
		}
		for i := range notes {
			n := &notes[i]
			if err := t.Run(sqlSaveNote, func(b *file.Binder) { b.Text(kind).Text(n.Name).Blob(n.Data).Time(n.Until) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddNote keeps a note unless there is one of its name.
func (r *Rows) AddNote(ctx context.Context, kind string, n protocol.Note) (added bool, err error) {
	err = r.write(ctx, "add a note", true, func(t Tx) error {
		err := t.Run(sqlAddNote, func(b *file.Binder) { b.Text(kind).Text(n.Name).Blob(n.Data) })
		added = err == nil && t.Conn().Changes() == 1
		return err
	})
	return added && err == nil, err
}

// DropNote forgets a note.
func (r *Rows) DropNote(ctx context.Context, kind, name string) (dropped bool, err error) {
	err = r.write(ctx, "drop a note", false, func(t Tx) error {
		err := t.Run(sqlDropNote, func(b *file.Binder) { b.Text(kind).Text(name) })
		dropped = err == nil && t.Conn().Changes() == 1
		return err
	})
	return dropped && err == nil, err
}
