-- What of the allowances of tools is used up: at at (Unix nanoseconds) each was to
-- be whole again owed nanoseconds later, which is whole.
CREATE TABLE meters (
	tool  TEXT    NOT NULL,
	name  TEXT    NOT NULL,
	at    INTEGER NOT NULL,
	owed  INTEGER NOT NULL,
	whole INTEGER NOT NULL,
	PRIMARY KEY (tool, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX meters_whole ON meters (whole);

-- What a job shares with those that go by the same limits of its tool, empty for
-- none. Waiting ones are read by it, and those under a lease counted.
ALTER TABLE ready ADD COLUMN strand TEXT NOT NULL DEFAULT '';
CREATE INDEX ready_strands ON ready (owner, tool, strand, priority DESC, seq) WHERE state = 0 AND probation = 0 AND strand <> '';
CREATE INDEX ready_strands_leased ON ready (tool, strand) WHERE state = 2 AND strand <> '';
