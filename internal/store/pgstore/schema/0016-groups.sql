-- Jobs that belong together by the x-group of their submission. queued to failed count
-- those that are there, gone_success and gone_failed those that were removed after their
-- end; all of it is changed in the jobs' own transactions. A row as long as there is one
-- of its jobs.
CREATE TABLE claimcheck.groups (
	owner        text    COLLATE "C" NOT NULL,
	name         text    COLLATE "C" NOT NULL,
	version      bigint  NOT NULL,
	queued       bigint  NOT NULL,
	processing   bigint  NOT NULL,
	success      bigint  NOT NULL,
	failed       bigint  NOT NULL,
	gone_success bigint  NOT NULL,
	gone_failed  bigint  NOT NULL,
	closed       boolean NOT NULL,
	first_job    uuid, -- that failed, and what with
	first_error  bytea,
	newest       uuid,
	created      bigint  NOT NULL,
	updated      bigint  NOT NULL,
	PRIMARY KEY (owner, name)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX groups_by_time ON claimcheck.groups (owner, created, name);

-- finish_no is the number of a job's end among those of its owner, for owners who have
-- asked for a feed: finishes is their last one, 0 for all others.
ALTER TABLE claimcheck.jobs ADD COLUMN job_group text COLLATE "C", ADD COLUMN finish_no bigint;
CREATE INDEX jobs_by_group ON claimcheck.jobs (owner, job_group, created, id) WHERE job_group IS NOT NULL;
CREATE INDEX jobs_by_finish ON claimcheck.jobs (owner, finish_no) WHERE finish_no IS NOT NULL;
ALTER TABLE claimcheck.owners ADD COLUMN finishes bigint NOT NULL DEFAULT 0;

-- What an event tells of that is not about a job.
ALTER TABLE claimcheck.deliveries ADD COLUMN data bytea;
