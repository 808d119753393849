-- A sum of the input's bytes, 0 for unknown, and the submission's traceparent.
ALTER TABLE ready ADD COLUMN input_sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ready ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';

-- Waiting jobs are read tool by tool: one tool that may not run now must not
-- hide the others.
DROP INDEX ready_claimable;
CREATE INDEX ready_claimable ON ready (owner, tool, priority DESC, seq) WHERE state = 0 AND probation = 0;

-- Inputs that took their workers with them, until a time.
CREATE TABLE poisons (
	owner TEXT    NOT NULL,
	tool  TEXT    NOT NULL,
	sum   INTEGER NOT NULL,
	until INTEGER NOT NULL,
	PRIMARY KEY (owner, tool, sum)
) STRICT, WITHOUT ROWID;
