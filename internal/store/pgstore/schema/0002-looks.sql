-- Rows of transactions and rows of those who look whether one happened are told
-- apart, and none goes before all transactions that could write its twin have
-- ended. A server of the release before writes both with the default of look; its
-- rows decide for itself alone.
ALTER TABLE claimcheck.commits ADD COLUMN look bigint NOT NULL DEFAULT 0; -- 0: the transaction's own; else the look that was first
ALTER TABLE claimcheck.commits ADD COLUMN tx bigint NOT NULL DEFAULT 0;   -- the transaction that wrote the row
ALTER TABLE claimcheck.commits ALTER COLUMN tx SET DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX commits_by_age ON claimcheck.commits (at);

-- Rows about commits may be gone of all transactions below this one: of those
-- nothing can be found out any more.
CREATE TABLE claimcheck.forgotten (
	one   smallint PRIMARY KEY CHECK (one = 1),
	below bigint NOT NULL
);
INSERT INTO claimcheck.forgotten VALUES (1, 0);
