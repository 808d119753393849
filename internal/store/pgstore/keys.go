package pgstore

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	keyColumns = "k.id, k.digest, k.owner, o.plan, k.name, k.scopes, k.tools, k.created, k.expires, k.revoked, k.networks"

	sqlKeyByDigest = "SELECT " + keyColumns + " FROM claimcheck.keys k JOIN claimcheck.owners o USING (owner) WHERE k.digest = $1"
	sqlKeyByID     = "SELECT " + keyColumns + " FROM claimcheck.keys k JOIN claimcheck.owners o USING (owner) WHERE k.id = $1"
	sqlKeys        = "SELECT " + keyColumns + " FROM claimcheck.keys k JOIN claimcheck.owners o USING (owner) ORDER BY k.created, k.n"
	sqlPutKey      = `INSERT INTO claimcheck.keys (id, digest, owner, name, scopes, tools, created, expires, revoked, networks)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlSetKey  = "UPDATE claimcheck.keys SET expires = $2, revoked = $3 WHERE id = $1"
	sqlPlan    = "SELECT coalesce((SELECT plan FROM claimcheck.owners WHERE owner = $1), '')"
	sqlPutPlan = `INSERT INTO claimcheck.owners AS o (owner, plan, stored_bytes) VALUES ($1, coalesce($2, $3), 0)
		ON CONFLICT (owner) DO UPDATE SET plan = coalesce($2, o.plan, $3)`
)

// CreateKey keeps a new key and its owner's plan. A key whose id or digest is
// taken is Conflict KEY_TAKEN.
func (s *Store) CreateKey(ctx context.Context, k account.Key) error {
	return s.task(ctx, "create key", nil, func(u *unit.Unit) error { return putKey(u, &k) })
}

// Key returns the key with this digest, valid or not; NotFound KEY_NOT_FOUND.
func (s *Store) Key(ctx context.Context, digest [32]byte) (k account.Key, err error) {
	return s.oneKey(ctx, "get key", sqlKeyByDigest, digest[:])
}

// KeyByID returns the key with this id, valid or not; NotFound KEY_NOT_FOUND.
func (s *Store) KeyByID(ctx context.Context, id string) (k account.Key, err error) {
	return s.oneKey(ctx, "get key by id", sqlKeyByID, pg.Enc(id))
}

func (s *Store) oneKey(ctx context.Context, what, sql string, by any) (k account.Key, err error) {
	found := false
	err = s.db.Read(ctx, s.db.Pool, what, func(rows pgx.Rows) (err error) {
		found = true
		k, err = scanKey(rows)
		return err
	}, sql, by)
	if err == nil && !found {
		err = record.KeyNotFound()
	}
	return k, err
}

// Keys returns all keys, oldest first.
func (s *Store) Keys(ctx context.Context) (keys []account.Key, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list keys", func(rows pgx.Rows) error {
		k, err := scanKey(rows)
		keys = append(keys, k)
		return err
	}, sqlKeys)
	return keys, err
}

// ChangeKey lets change alter Expires and Revoked of a key in one transaction
// and returns it; the key that change returns is created for the same owner.
func (s *Store) ChangeKey(ctx context.Context, id string, change func(*account.Key) (*account.Key, error)) (k account.Key, err error) {
	err = s.task(ctx, "change key", nil, func(u *unit.Unit) error {
		if k, err = lockKey(u, id); err != nil {
			return err
		}
		add, err := record.ChangeKey(&k, change)
		if err != nil {
			return err
		}
		if add != nil {
			if err := putKey(u, add); err != nil {
				return err
			}
		}
		_, err = u.Exec(sqlSetKey, pg.Enc(id), record.Milli(k.Expires), record.Milli(k.Revoked))
		return err
	})
	if err != nil {
		return account.Key{}, err
	}
	return k, nil
}

// PlanOwner returns the name of an owner's plan, after it was set to plan unless
// that is empty.
func (s *Store) PlanOwner(ctx context.Context, owner, plan string) (now string, err error) {
	if _, err = s.db.One(ctx, "read plan", []any{&now}, sqlPlan, pg.Enc(owner)); err != nil {
		return "", err
	}
	if now = pg.Dec(now); plan == "" || plan == now {
		return cmp.Or(now, record.DefaultPlan), nil
	}
	return plan, s.task(ctx, "set plan", nil, func(u *unit.Unit) error {
		_, err := u.Exec(sqlPutPlan, pg.Enc(owner), pg.Enc(plan), record.DefaultPlan)
		return err
	})
}

// lockKey reads and locks a key.
func lockKey(u *unit.Unit, id string) (k account.Key, err error) {
	found := false
	b := u.Start()
	b.Queue(sqlKeyByID+" FOR UPDATE OF k", pg.Enc(id)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found = true
			if k, err = scanKey(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := u.Send(b); err != nil {
		return k, err
	}
	if !found {
		return k, record.KeyNotFound()
	}
	return k, nil
}

func putKey(u *unit.Unit, k *account.Key) error {
	lists, err := record.ListsOf(k)
	if err != nil {
		return err
	}
	b := u.Start()
	b.Queue(sqlPutKey, pg.Enc(k.ID), k.Digest[:], pg.Enc(k.Owner), pg.Enc(k.Name), pg.BlobOrNull(lists.Scopes), pg.BlobOrNull(lists.Tools),
		record.Milli(k.Created), record.Milli(k.Expires), record.Milli(k.Revoked), pg.BlobOrNull(lists.From))
	var plan *string
	if k.Plan != "" {
		text := pg.Enc(k.Plan)
		plan = &text
	}
	b.Queue(sqlPutPlan, pg.Enc(k.Owner), plan, record.DefaultPlan)
	if err = u.Send(b); pg.Unique(err) {
		return record.KeyTaken(err)
	}
	return err
}

// scanKey reads a row of keyColumns.
func scanKey(rows pgx.Rows) (account.Key, error) {
	var k account.Key
	var digest []byte
	var lists record.KeyLists
	var created, expires, revoked int64
	if err := rows.Scan(&k.ID, &digest, &k.Owner, &k.Plan, &k.Name, &lists.Scopes, &lists.Tools, &created, &expires, &revoked, &lists.From); err != nil {
		return k, err
	}
	copy(k.Digest[:], digest)
	k.ID, k.Owner, k.Plan, k.Name = pg.Dec(k.ID), pg.Dec(k.Owner), pg.Dec(k.Plan), pg.Dec(k.Name)
	k.Created, k.Expires, k.Revoked = record.Time(created), record.Time(expires), record.Time(revoked)
	return k, lists.Give(&k)
}
