-- What operators changed, in the order in which it was written. key is the id of
-- the admin key, or 'command'; a number is never given again, so that a page's
-- cursor stays right when old rows go.
CREATE TABLE audit (
	n       INTEGER PRIMARY KEY AUTOINCREMENT,
	at      INTEGER NOT NULL,
	key     TEXT    NOT NULL,
	owner   TEXT    NOT NULL,
	action  TEXT    NOT NULL,
	target  TEXT    NOT NULL,
	request TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
