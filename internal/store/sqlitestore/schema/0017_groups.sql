-- Jobs that belong together by the x-group of their submission. queued to failed count
-- those that are there, gone_success and gone_failed those that were removed after their
-- end; all of it is changed in the jobs' own transactions. A row as long as there is one
-- of its jobs.
CREATE TABLE groups (
	owner        TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	version      INTEGER NOT NULL,
	queued       INTEGER NOT NULL,
	processing   INTEGER NOT NULL,
	success      INTEGER NOT NULL,
	failed       INTEGER NOT NULL,
	gone_success INTEGER NOT NULL,
	gone_failed  INTEGER NOT NULL,
	closed       INTEGER NOT NULL,
	first_job    BLOB, -- that failed, and what with
	first_error  BLOB,
	newest       BLOB,
	created      INTEGER NOT NULL,
	updated      INTEGER NOT NULL,
	PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX groups_by_time ON groups (owner, created, name);

-- finish_no is the number of a job's end among those of its owner, for owners who have
-- asked for a feed: finishes is their last one, 0 for all others.
ALTER TABLE jobs ADD COLUMN job_group TEXT;
ALTER TABLE jobs ADD COLUMN finish_no INTEGER;
CREATE INDEX jobs_by_group ON jobs (owner, job_group, created) WHERE job_group IS NOT NULL;
CREATE INDEX jobs_by_finish ON jobs (owner, finish_no) WHERE finish_no IS NOT NULL;
ALTER TABLE owners ADD COLUMN finishes INTEGER NOT NULL DEFAULT 0;

-- What an event tells of that is not about a job.
ALTER TABLE deliveries ADD COLUMN data BLOB;
