-- What attempts say while they run, in parts (record.WordPart). A job that says
-- nothing has no row; lost_lines and lost_bytes of a job's last part are what was not
-- kept of all that it has said.
CREATE TABLE claimcheck.words (
	id         uuid   NOT NULL,
	n          bigint NOT NULL,
	last       bigint NOT NULL,
	size       bigint NOT NULL,
	lines      bigint NOT NULL,
	lost_lines bigint NOT NULL,
	lost_bytes bigint NOT NULL,
	data       bytea  NOT NULL,
	PRIMARY KEY (id, n)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- What the current attempt has said last of what it does.
ALTER TABLE claimcheck.ready ADD COLUMN message text NOT NULL DEFAULT '';
