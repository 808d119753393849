-- What is done with many jobs at once. state is job.BulkState; until is to when
-- worker deals with it.
CREATE TABLE bulks (
	id         BLOB PRIMARY KEY,
	owner      TEXT    NOT NULL,
	operator   INTEGER NOT NULL, -- the owner is the name of an operator's key
	action     INTEGER NOT NULL,
	state      INTEGER NOT NULL,
	version    INTEGER NOT NULL,
	request_id TEXT    NOT NULL,
	matched    INTEGER NOT NULL,
	next       INTEGER NOT NULL,
	done       INTEGER NOT NULL,
	skipped    INTEGER NOT NULL,
	skips      BLOB,
	created    INTEGER NOT NULL,
	updated    INTEGER NOT NULL,
	expires    INTEGER NOT NULL,
	worker     TEXT    NOT NULL,
	until      INTEGER NOT NULL
) STRICT;
CREATE INDEX bulks_unended ON bulks (updated) WHERE state < 2;
CREATE INDEX bulks_by_expiry ON bulks (expires) WHERE state >= 2;

-- The ids of their jobs, 16 bytes each, in parts.
CREATE TABLE bulk_jobs (
	bulk BLOB    NOT NULL,
	part INTEGER NOT NULL,
	ids  BLOB    NOT NULL,
	PRIMARY KEY (bulk, part)
) STRICT;

-- Operators list the jobs of all owners by time of creation, and look for unfinished
-- ones of which an attempt has failed, or that were seen running when a process died.
-- What a job goes through that fares well is in none of the last two.
CREATE INDEX jobs_by_time ON jobs (created);
CREATE INDEX jobs_failing ON jobs (seq) WHERE expires = 0 AND (failures > 0 OR losses > 0);
DROP INDEX ready_suspects; -- the next one does for what it was for
CREATE INDEX ready_probation ON ready (seq) WHERE probation > 0;
