-- What is done with many jobs at once. state is job.BulkState; until is to when
-- worker deals with it.
CREATE TABLE claimcheck.bulks (
	id         uuid     PRIMARY KEY,
	owner      text     COLLATE "C" NOT NULL,
	operator   boolean  NOT NULL, -- the owner is the name of an operator's key
	action     smallint NOT NULL,
	state      smallint NOT NULL,
	version    bigint   NOT NULL,
	request_id text     NOT NULL,
	matched    bigint   NOT NULL,
	next       bigint   NOT NULL,
	done       bigint   NOT NULL,
	skipped    bigint   NOT NULL,
	skips      bytea,
	created    bigint   NOT NULL,
	updated    bigint   NOT NULL,
	expires    bigint   NOT NULL,
	worker     text     NOT NULL,
	until      bigint   NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX bulks_unended ON claimcheck.bulks (owner) WHERE state < 2;
CREATE INDEX bulks_by_expiry ON claimcheck.bulks (expires) WHERE state >= 2;

-- The ids of their jobs, 16 bytes each, in parts.
CREATE TABLE claimcheck.bulk_jobs (
	bulk uuid   NOT NULL,
	part bigint NOT NULL,
	ids  bytea  NOT NULL,
	PRIMARY KEY (bulk, part)
);
ALTER TABLE claimcheck.bulk_jobs ALTER COLUMN ids SET STORAGE EXTERNAL; -- random bytes get no smaller

-- Operators list the jobs of all owners by time of creation, and look for unfinished
-- ones of which an attempt has failed, or that were seen running when a process died.
-- What a job goes through that fares well is in none of the last two.
CREATE INDEX jobs_by_time ON claimcheck.jobs (created, id);
CREATE INDEX jobs_failing ON claimcheck.jobs (id) WHERE expires = 0 AND (failures > 0 OR losses > 0);
CREATE INDEX ready_probation ON claimcheck.ready (id) WHERE probation > 0;
