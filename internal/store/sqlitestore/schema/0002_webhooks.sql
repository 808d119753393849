-- Who is called when jobs end. url is empty for an owner's own webhook, which
-- signs and counts calls to addresses given with single jobs.
CREATE TABLE webhooks (
	id         TEXT PRIMARY KEY,
	owner      TEXT    NOT NULL,
	url        TEXT    NOT NULL,
	events     TEXT    NOT NULL, -- words with spaces between them
	secret     BLOB    NOT NULL,
	old_secret BLOB,
	old_until  INTEGER NOT NULL,
	enabled    INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	created    INTEGER NOT NULL,
	succeeded  INTEGER NOT NULL,
	sequence   INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_owner ON webhooks (owner);
CREATE UNIQUE INDEX webhooks_own ON webhooks (owner) WHERE url = '';

-- The outbox: events on their way, written with the end of their jobs.
CREATE TABLE deliveries (
	n        INTEGER PRIMARY KEY, -- grows: the order of the log
	id       TEXT    NOT NULL UNIQUE,
	webhook  TEXT    NOT NULL,
	owner    TEXT    NOT NULL,
	target   TEXT    NOT NULL, -- job.TargetOf
	url      TEXT    NOT NULL,
	event    TEXT    NOT NULL,
	job      BLOB,
	sequence INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	state    INTEGER NOT NULL, -- 0 pending, 1 delivered, 2 failed
	due      INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	reason   TEXT    NOT NULL,
	log      BLOB
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (target, due) WHERE state = 0;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook);
CREATE INDEX deliveries_by_expiry ON deliveries (expires);

-- The address to be called when this job ends, or empty.
ALTER TABLE ready ADD COLUMN webhook_url TEXT NOT NULL DEFAULT '';
