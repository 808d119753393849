-- Names and meanings are those of the embedded store, but that jobs are known
-- by their whole id: two servers may make two ids with the same first 64 bits.
-- Times are Unix milliseconds, 0 for none. Texts hold what no text of
-- PostgreSQL may (NUL, bytes that are no UTF-8) in an escaped form: see text.go.

-- What is true of the whole installation.
CREATE TABLE claimcheck.meta (
	one      smallint PRIMARY KEY CHECK (one = 1),
	last_seq bigint NOT NULL -- greatest Seq of any job that was removed
);
INSERT INTO claimcheck.meta VALUES (1, 0);

-- The installation that was copied into this one, if any; until it is finished no
-- server may be started.
CREATE TABLE claimcheck.copy (
	one      smallint PRIMARY KEY CHECK (one = 1),
	source   text     NOT NULL,
	finished boolean  NOT NULL
);

-- A row for each transaction that wrote, written in it: after a commit whose
-- answer was lost it tells whether it happened. Rows are removed after an hour.
CREATE TABLE claimcheck.commits (
	process bigint NOT NULL, -- random, of one process
	n       bigint NOT NULL,
	at      bigint NOT NULL,
	PRIMARY KEY (process, n)
);

-- What clients read. By month of the id, so that a month goes at once.
CREATE TABLE claimcheck.jobs (
	id            uuid     NOT NULL,
	owner         text     COLLATE "C" NOT NULL,
	tool          text     COLLATE "C" NOT NULL,
	request_id    text     NOT NULL,
	input_size    bigint   NOT NULL,
	input_where   smallint NOT NULL, -- 0 inline, 1 a file, 2 an upload, 3 at a URL
	status        smallint NOT NULL,
	version       bigint   NOT NULL,
	attempt       integer  NOT NULL,
	failures      integer  NOT NULL,
	losses        integer  NOT NULL,
	created       bigint   NOT NULL,
	updated       bigint   NOT NULL,
	started       bigint   NOT NULL,
	finished      bigint   NOT NULL,
	expires       bigint   NOT NULL,
	link_at       integer  NOT NULL,
	charged_month integer  NOT NULL,
	output        text     NOT NULL,
	options       bytea,
	metadata      bytea,
	history       bytea,
	error         bytea,
	result        bytea,
	PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX jobs_by_owner ON claimcheck.jobs (owner, id);
CREATE INDEX jobs_by_expiry ON claimcheck.jobs (expires) WHERE expires > 0;
CREATE TABLE claimcheck.jobs_default PARTITION OF claimcheck.jobs DEFAULT WITH (fillfactor = 80);

-- Inline inputs, and of uploads and URLs the description (job.Source); a job
-- whose input is a file has no row.
CREATE TABLE claimcheck.inputs (
	id   uuid  NOT NULL,
	data bytea NOT NULL,
	PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE claimcheck.inputs_default PARTITION OF claimcheck.inputs DEFAULT;

-- Outputs of jobs, and of synchronous calls: their id is one of their own.
CREATE TABLE claimcheck.outputs (
	id           uuid    NOT NULL,
	token        text    COLLATE "C" NOT NULL,
	owner        text    COLLATE "C" NOT NULL,
	has_job      boolean NOT NULL,
	name         text    NOT NULL,
	content_type text    NOT NULL,
	size         bigint  NOT NULL,
	sha256       bytea   NOT NULL,
	file         boolean NOT NULL,
	created      bigint  NOT NULL,
	expires      bigint  NOT NULL,
	data         bytea,
	PRIMARY KEY (id, token)
) PARTITION BY RANGE (id);
CREATE INDEX outputs_by_token ON claimcheck.outputs (token);
CREATE INDEX outputs_by_expiry ON claimcheck.outputs (expires) WHERE NOT has_job AND expires > 0;
CREATE TABLE claimcheck.outputs_default PARTITION OF claimcheck.outputs DEFAULT;

-- The hot queue: a row as long as the job is unfinished. Room is left in its
-- pages, and it is cleaned often, because every row is changed a few times and
-- then removed.
CREATE TABLE claimcheck.ready (
	id               uuid     PRIMARY KEY,
	owner            text     COLLATE "C" NOT NULL,
	tool             text     COLLATE "C" NOT NULL,
	input_size       bigint   NOT NULL,
	priority         smallint NOT NULL,
	run_at           bigint   NOT NULL,
	state            smallint NOT NULL, -- 0 claimable, 1 delayed until run_at, 2 leased
	worker           text     NOT NULL,
	attempt          integer  NOT NULL,
	lease_until      bigint   NOT NULL,
	cancel_requested boolean  NOT NULL,
	probation        smallint NOT NULL,
	progress         smallint NOT NULL, -- percent
	webhook_url      text     NOT NULL,
	input_sum        bigint   NOT NULL, -- of the input's bytes, 0 for unknown
	trace_parent     text     NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
	autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX ready_claimable ON claimcheck.ready (owner, tool, priority DESC, id) WHERE state = 0 AND probation = 0;
CREATE INDEX ready_suspects ON claimcheck.ready (id) WHERE state = 0 AND probation > 0;
CREATE INDEX ready_delayed ON claimcheck.ready (run_at) WHERE state = 1;
CREATE INDEX ready_leased ON claimcheck.ready (lease_until) WHERE state = 2;

-- Remembered answers to requests with an idempotency key; they outlive jobs.
CREATE TABLE claimcheck.answers (
	owner   text    COLLATE "C" NOT NULL,
	key     text    COLLATE "C" NOT NULL,
	digest  bytea   NOT NULL,
	job     uuid,
	status  integer NOT NULL,
	link_at integer NOT NULL,
	output  text    NOT NULL,
	expires bigint  NOT NULL,
	body    bytea,
	PRIMARY KEY (owner, key)
);
CREATE INDEX answers_by_expiry ON claimcheck.answers (expires);

-- API keys, by digest. scopes and tools are JSON arrays, or NULL.
CREATE TABLE claimcheck.keys (
	n       bigint GENERATED ALWAYS AS IDENTITY, -- the order of those made in one millisecond
	id      text   COLLATE "C" PRIMARY KEY,
	digest  bytea  NOT NULL UNIQUE,
	owner   text   COLLATE "C" NOT NULL,
	name    text   NOT NULL,
	scopes  bytea,
	tools   bytea,
	created bigint NOT NULL,
	expires bigint NOT NULL,
	revoked bigint NOT NULL
);

-- plan is NULL for an owner without any key ever made. Who changes what an
-- owner has holds the lock of its row.
CREATE TABLE claimcheck.owners (
	owner           text   COLLATE "C" PRIMARY KEY,
	plan            text,
	stored_bytes    bigint NOT NULL,
	pending_uploads bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE claimcheck.usage (
	owner        text    COLLATE "C" NOT NULL,
	month        integer NOT NULL, -- account.MonthOf
	jobs         bigint  NOT NULL,
	lost_refunds bigint  NOT NULL,
	PRIMARY KEY (owner, month)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Unfinished jobs per owner and tool, changed in the jobs' own transactions so
-- that nothing ever counts rows.
CREATE TABLE claimcheck.counts (
	owner   text   COLLATE "C" NOT NULL,
	tool    text   COLLATE "C" NOT NULL,
	queued  bigint NOT NULL,
	running bigint NOT NULL,
	PRIMARY KEY (owner, tool)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX counts_unfinished ON claimcheck.counts (owner) WHERE queued > 0 OR running > 0;
CREATE INDEX counts_by_tool ON claimcheck.counts (tool) WHERE running > 0;

-- Inputs that took their workers with them, until a time.
CREATE TABLE claimcheck.poisons (
	owner text   COLLATE "C" NOT NULL,
	tool  text   COLLATE "C" NOT NULL,
	sum   bigint NOT NULL,
	until bigint NOT NULL,
	PRIMARY KEY (owner, tool, sum)
);

-- Files that clients hand in before the jobs that read them. Who changes one
-- holds the lock of its owner.
CREATE TABLE claimcheck.uploads (
	id      text    COLLATE "C" PRIMARY KEY,
	owner   text    COLLATE "C" NOT NULL,
	name    text    NOT NULL,
	done    boolean NOT NULL, -- false while pending
	size    bigint  NOT NULL,
	etag    text    NOT NULL,
	jobs    bigint  NOT NULL, -- that have it for input
	created bigint  NOT NULL,
	expires bigint  NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX uploads_pending ON claimcheck.uploads (owner, created) WHERE NOT done;
CREATE INDEX uploads_by_expiry ON claimcheck.uploads (expires) WHERE jobs = 0;

-- How long tools ran lately, as package queue encodes it.
CREATE TABLE claimcheck.runtimes (
	tool text  COLLATE "C" PRIMARY KEY,
	data bytea NOT NULL
);

CREATE TABLE claimcheck.secrets (
	n       bigint GENERATED ALWAYS AS IDENTITY,
	id      text   COLLATE "C" PRIMARY KEY,
	bytes   bytea  NOT NULL,
	created bigint NOT NULL,
	retired bigint NOT NULL
);

-- Who is called when jobs end. url is empty for an owner's own webhook, which
-- signs and counts calls to addresses given with single jobs.
CREATE TABLE claimcheck.webhooks (
	n          bigint  GENERATED ALWAYS AS IDENTITY,
	id         text    COLLATE "C" PRIMARY KEY,
	owner      text    COLLATE "C" NOT NULL,
	url        text    NOT NULL,
	events     text    NOT NULL, -- words with spaces between them
	secret     bytea   NOT NULL,
	old_secret bytea,
	old_until  bigint  NOT NULL,
	enabled    boolean NOT NULL,
	reason     text    NOT NULL,
	created    bigint  NOT NULL,
	succeeded  bigint  NOT NULL,
	sequence   bigint  NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX webhooks_by_owner ON claimcheck.webhooks (owner);
CREATE UNIQUE INDEX webhooks_own ON claimcheck.webhooks (owner) WHERE url = '';

-- The outbox: events on their way, written with the end of their jobs.
CREATE TABLE claimcheck.deliveries (
	n        bigint   GENERATED ALWAYS AS IDENTITY, -- grows: the order of the log
	id       text     COLLATE "C" PRIMARY KEY,
	webhook  text     COLLATE "C" NOT NULL,
	owner    text     COLLATE "C" NOT NULL,
	target   text     COLLATE "C" NOT NULL, -- job.TargetOf
	url      text     NOT NULL,
	event    text     NOT NULL,
	job      uuid,
	sequence bigint   NOT NULL,
	created  bigint   NOT NULL,
	state    smallint NOT NULL, -- 0 pending, 1 delivered, 2 failed
	due      bigint   NOT NULL,
	attempts integer  NOT NULL,
	expires  bigint   NOT NULL,
	reason   text     NOT NULL,
	log      bytea
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX deliveries_pending ON claimcheck.deliveries (target, due) WHERE state = 0;
CREATE INDEX deliveries_by_webhook ON claimcheck.deliveries (webhook, n);
CREATE INDEX deliveries_by_expiry ON claimcheck.deliveries (expires);

-- What all servers together have let pass of each allowance: when it will be
-- whole again, in Unix nanoseconds. It may be lost: then all are whole.
CREATE UNLOGGED TABLE claimcheck.allowances (
	name text   COLLATE "C" PRIMARY KEY,
	tat  bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
