-- What was learned of tools and inputs, by kind and name; until is 0 for what is
-- kept until another takes its place. The name of a poison is that of
-- job.InputMark. Servers of the release before go on with the tables that this one
-- has read here; the next release drops them.
CREATE TABLE claimcheck.notes (
	kind  text   COLLATE "C" NOT NULL,
	name  text   COLLATE "C" NOT NULL,
	data  bytea  NOT NULL,
	until bigint NOT NULL,
	PRIMARY KEY (kind, name)
);
INSERT INTO claimcheck.notes SELECT 'runtimes', tool, data, 0 FROM claimcheck.runtimes;
INSERT INTO claimcheck.notes SELECT 'poisons', tool || '/' || sum || '/' || owner, '', until FROM claimcheck.poisons;
