-- What was learned of tools and inputs, by kind and name; until is 0 for what is
-- kept until another takes its place. The name of a poison is that of
-- job.InputMark.
CREATE TABLE notes (
	kind  TEXT    NOT NULL,
	name  TEXT    NOT NULL,
	data  BLOB    NOT NULL,
	until INTEGER NOT NULL,
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO notes SELECT 'runtimes', tool, data, 0 FROM runtimes;
INSERT INTO notes SELECT 'poisons', tool || '/' || sum || '/' || owner, x'', until FROM poisons;
DROP TABLE runtimes;
DROP TABLE poisons;
