-- Files that clients hand in before the jobs that read them. jobs.input_file is
-- 0 for an inline input, 1 for a file, 2 for an upload, 3 for a URL; of the last
-- two inputs.data holds the description (job.Source).
CREATE TABLE uploads (
	id      TEXT PRIMARY KEY,
	owner   TEXT    NOT NULL,
	name    TEXT    NOT NULL,
	done    INTEGER NOT NULL, -- 0 while pending
	size    INTEGER NOT NULL,
	etag    TEXT    NOT NULL,
	jobs    INTEGER NOT NULL, -- that have it for input
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_pending ON uploads (owner, created) WHERE done = 0;
CREATE INDEX uploads_by_expiry ON uploads (expires) WHERE jobs = 0;

ALTER TABLE owners ADD COLUMN pending_uploads INTEGER NOT NULL DEFAULT 0;
