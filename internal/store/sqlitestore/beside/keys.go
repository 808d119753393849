package beside

import (
	"cmp"
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	keyColumns = "k.id, k.digest, k.owner, o.plan, k.name, k.scopes, k.tools, k.created, k.expires, k.revoked, k.networks"

	sqlKeyByDigest = "SELECT " + keyColumns + " FROM keys k JOIN owners o USING (owner) WHERE k.digest = ?"
	sqlKeyByID     = "SELECT " + keyColumns + " FROM keys k JOIN owners o USING (owner) WHERE k.id = ?"
	sqlKeys        = "SELECT " + keyColumns + " FROM keys k JOIN owners o USING (owner) ORDER BY k.created, k.rowid"
	sqlPutKey      = `INSERT INTO keys (id, digest, owner, name, scopes, tools, created, expires, revoked, networks)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlSetKey  = "UPDATE keys SET expires = ?, revoked = ? WHERE id = ?"
	sqlPlan    = "SELECT plan FROM owners WHERE owner = ?"
	sqlPutPlan = `INSERT INTO owners (owner, plan, stored_bytes) VALUES (?1, coalesce(?2, ?3), 0)
		ON CONFLICT DO UPDATE SET plan = coalesce(?2, plan, ?3)`
)

// CreateKey keeps a new key and its owner's plan. A key whose id or digest is
// taken is Conflict KEY_TAKEN.
func (r *Rows) CreateKey(ctx context.Context, k account.Key) error {
	return r.write(ctx, "create key", true, func(t Tx) error { return putKey(t, &k) })
}

// Key returns the key with this digest, valid or not; NotFound KEY_NOT_FOUND.
func (r *Rows) Key(ctx context.Context, digest [32]byte) (k account.Key, err error) {
	err = r.read(ctx, "get key", func(c *file.Conn) error {
		k, err = keyBy(c, sqlKeyByDigest, func(b *file.Binder) { b.Blob(digest[:]) })
		return err
	})
	return k, err
}

// KeyByID returns the key with this id, valid or not; NotFound KEY_NOT_FOUND.
func (r *Rows) KeyByID(ctx context.Context, id string) (k account.Key, err error) {
	err = r.read(ctx, "get key by id", func(c *file.Conn) error {
		k, err = keyBy(c, sqlKeyByID, func(b *file.Binder) { b.Text(id) })
		return err
	})
	return k, err
}

// Keys returns all keys, oldest first.
func (r *Rows) Keys(ctx context.Context) (keys []account.Key, err error) {
	err = r.read(ctx, "list keys", func(c *file.Conn) error {
		var bad error
		err := c.Each(sqlKeys, nil, func(st *sqlite.Stmt) {
			k, err := keyAt(c, st)
			keys, bad = append(keys, k), cmp.Or(bad, err)
		})
		return cmp.Or(err, bad)
	})
	return keys, err
}

// ChangeKey lets change alter Expires and Revoked of a key in one transaction
// and returns it; the key that change returns is created for the same owner.
func (r *Rows) ChangeKey(ctx context.Context, id string, change func(*account.Key) (*account.Key, error)) (k account.Key, err error) {
	err = r.write(ctx, "change key", true, func(t Tx) error {
		if k, err = keyBy(t.Conn(), sqlKeyByID, func(b *file.Binder) { b.Text(id) }); err != nil {
			return err
		}
		add, err := record.ChangeKey(&k, change)
		if err != nil {
			return err
		}
		if add != nil {
			if err := putKey(t, add); err != nil {
				return err
			}
		}
		return t.RunFenced(sqlSetKey, func(b *file.Binder) { b.Time(k.Expires).Time(k.Revoked).Text(id) })
	})
	if err != nil {
		return account.Key{}, err
	}
	return k, nil
}

// PlanOwner returns the name of an owner's plan, after it was set to plan unless
// that is empty.
func (r *Rows) PlanOwner(ctx context.Context, owner, plan string) (now string, err error) {
	err = r.read(ctx, "read plan", func(c *file.Conn) error {
		_, err := c.One(sqlPlan, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) { now = c.NameAt(st, 0) })
		return err
	})
	if err != nil || plan == "" || plan == now {
		return cmp.Or(now, record.DefaultPlan), err
	}
	return plan, r.write(ctx, "set plan", true, func(t Tx) error { return putPlan(t, owner, plan) })
}

func putKey(t Tx, k *account.Key) error {
	lists, err := record.ListsOf(k)
	if err != nil {
		return err
	}
	err = t.Run(sqlPutKey, func(b *file.Binder) {
		b.Text(k.ID).Blob(k.Digest[:]).Text(k.Owner).Text(k.Name).BlobOrNull(lists.Scopes).BlobOrNull(lists.Tools)
		b.Time(k.Created).Time(k.Expires).Time(k.Revoked).BlobOrNull(lists.From)
	})
	if file.Constraint(err) && !t.Wrote() {
		return record.KeyTaken(err)
	}
	if err != nil {
		return err
	}
	return putPlan(t, k.Owner, k.Plan)
}

func putPlan(t Tx, owner, plan string) error {
	return t.Run(sqlPutPlan, func(b *file.Binder) {
		b.Text(owner)
		if plan == "" {
			b.Null()
		} else {
			b.Text(plan)
		}
		b.Text(record.DefaultPlan)
	})
}

func keyBy(c *file.Conn, sql string, params func(*file.Binder)) (k account.Key, err error) {
	var bad error
	row, err := c.One(sql, params, func(st *sqlite.Stmt) { k, bad = keyAt(c, st) })
	switch {
	case err != nil:
		return account.Key{}, err
	case !row:
		return account.Key{}, record.KeyNotFound()
	}
	return k, bad
}

// keyAt reads a row of keyColumns.
func keyAt(c *file.Conn, st *sqlite.Stmt) (account.Key, error) {
	k := account.Key{
		ID: c.TextAt(st, 0), Owner: c.NameAt(st, 2), Plan: c.NameAt(st, 3), Name: c.TextAt(st, 4),
		Created: record.Time(st.ColumnInt64(7)), Expires: record.Time(st.ColumnInt64(8)), Revoked: record.Time(st.ColumnInt64(9)),
	}
	st.ColumnBytes(1, k.Digest[:])
	lists := record.KeyLists{Scopes: file.BlobAt(st, 5), Tools: file.BlobAt(st, 6), From: file.BlobAt(st, 10)}
	return k, lists.Give(&k)
}
