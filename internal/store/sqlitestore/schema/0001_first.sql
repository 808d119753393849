-- Times are Unix milliseconds, 0 for none. seq is job.ID.Seq(); the whole id is
-- compared after each look-up.

-- What is true of the whole file. batch grows with each transaction: after a
-- commit whose answer was lost it tells whether it happened.
CREATE TABLE meta (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	batch    INTEGER NOT NULL,
	last_seq INTEGER NOT NULL -- greatest seq ever stored, of deleted jobs too
) STRICT;
INSERT INTO meta VALUES (1, 0, 0);

-- What clients read. The long columns are last: SQLite reads a row's overflow
-- pages only as far as it must.
CREATE TABLE jobs (
	seq           INTEGER PRIMARY KEY,
	id            BLOB    NOT NULL,
	owner         TEXT    NOT NULL,
	tool          TEXT    NOT NULL,
	request_id    TEXT    NOT NULL,
	input_size    INTEGER NOT NULL,
	input_file    INTEGER NOT NULL,
	status        INTEGER NOT NULL,
	version       INTEGER NOT NULL,
	attempt       INTEGER NOT NULL,
	failures      INTEGER NOT NULL,
	losses        INTEGER NOT NULL,
	created       INTEGER NOT NULL,
	updated       INTEGER NOT NULL,
	started       INTEGER NOT NULL,
	finished      INTEGER NOT NULL,
	expires       INTEGER NOT NULL,
	link_at       INTEGER NOT NULL,
	charged_month INTEGER NOT NULL,
	output        TEXT    NOT NULL,
	options       BLOB,
	metadata      BLOB,
	history       BLOB,
	error         BLOB,
	result        BLOB
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner);
CREATE INDEX jobs_by_expiry ON jobs (expires) WHERE expires > 0;

-- Inline inputs; a job whose input is a file has no row.
CREATE TABLE inputs (
	seq  INTEGER PRIMARY KEY REFERENCES jobs,
	data BLOB NOT NULL
) STRICT;

-- The hot queue: a row as long as the job is unfinished.
CREATE TABLE ready (
	seq              INTEGER PRIMARY KEY REFERENCES jobs,
	id               BLOB    NOT NULL,
	owner            TEXT    NOT NULL,
	tool             TEXT    NOT NULL,
	input_size       INTEGER NOT NULL,
	priority         INTEGER NOT NULL,
	run_at           INTEGER NOT NULL,
	state            INTEGER NOT NULL, -- 0 claimable, 1 delayed until run_at, 2 leased
	worker           TEXT    NOT NULL,
	attempt          INTEGER NOT NULL,
	lease_until      INTEGER NOT NULL,
	cancel_requested INTEGER NOT NULL,
	probation        INTEGER NOT NULL,
	progress         INTEGER NOT NULL -- percent
) STRICT;
CREATE INDEX ready_claimable ON ready (owner, priority DESC, seq) WHERE state = 0 AND probation = 0;
CREATE INDEX ready_suspects ON ready (seq) WHERE state = 0 AND probation > 0;
CREATE INDEX ready_delayed ON ready (run_at) WHERE state = 1;
CREATE INDEX ready_leased ON ready (lease_until) WHERE state = 2;

-- Outputs of jobs, and of synchronous calls, which have no job.
CREATE TABLE outputs (
	token        TEXT PRIMARY KEY,
	owner        TEXT    NOT NULL,
	seq          INTEGER REFERENCES jobs,
	job          BLOB,
	name         TEXT    NOT NULL,
	content_type TEXT    NOT NULL,
	size         INTEGER NOT NULL,
	sha256       BLOB    NOT NULL,
	file         INTEGER NOT NULL,
	created      INTEGER NOT NULL,
	expires      INTEGER NOT NULL,
	data         BLOB
) STRICT;
CREATE INDEX outputs_by_job ON outputs (seq) WHERE seq IS NOT NULL;
CREATE INDEX outputs_by_expiry ON outputs (expires) WHERE seq IS NULL AND expires > 0;

-- Remembered answers to requests with an idempotency key; they outlive jobs.
CREATE TABLE answers (
	owner   TEXT    NOT NULL,
	key     TEXT    NOT NULL,
	digest  BLOB    NOT NULL,
	job     BLOB,
	status  INTEGER NOT NULL,
	link_at INTEGER NOT NULL,
	output  TEXT    NOT NULL,
	expires INTEGER NOT NULL,
	body    BLOB,
	PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_expiry ON answers (expires);

-- API keys, by digest. scopes and tools are JSON arrays, or NULL.
CREATE TABLE keys (
	id      TEXT PRIMARY KEY,
	digest  BLOB    NOT NULL UNIQUE,
	owner   TEXT    NOT NULL,
	name    TEXT    NOT NULL,
	scopes  BLOB,
	tools   BLOB,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	revoked INTEGER NOT NULL
) STRICT;

-- plan is NULL for an owner without any key ever made.
CREATE TABLE owners (
	owner        TEXT PRIMARY KEY,
	plan         TEXT,
	stored_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
	owner        TEXT    NOT NULL,
	month        INTEGER NOT NULL, -- account.MonthOf
	jobs         INTEGER NOT NULL,
	lost_refunds INTEGER NOT NULL,
	PRIMARY KEY (owner, month)
) STRICT, WITHOUT ROWID;

-- Unfinished jobs per owner and tool, changed in the jobs' own transactions so
-- that nothing ever counts rows; a row as long as there are any.
CREATE TABLE counts (
	owner   TEXT    NOT NULL,
	tool    TEXT    NOT NULL,
	queued  INTEGER NOT NULL,
	running INTEGER NOT NULL,
	PRIMARY KEY (owner, tool)
) STRICT, WITHOUT ROWID;

-- How long tools ran lately, as package queue encodes it.
CREATE TABLE runtimes (
	tool TEXT PRIMARY KEY,
	data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
	id      TEXT PRIMARY KEY,
	bytes   BLOB    NOT NULL,
	created INTEGER NOT NULL,
	retired INTEGER NOT NULL
) STRICT;

-- What Ping writes to see whether there is room again; empty otherwise.
CREATE TABLE probe (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	data BLOB NOT NULL
) STRICT;
