-- What of the allowances of tools is used up: at at (Unix nanoseconds) each was to
-- be whole again owed nanoseconds later, which is whole. Who changes one holds the
-- lock of its tool.
CREATE TABLE claimcheck.meters (
	tool  text   COLLATE "C" NOT NULL,
	name  text   COLLATE "C" NOT NULL,
	at    bigint NOT NULL,
	owed  bigint NOT NULL,
	whole bigint NOT NULL,
	PRIMARY KEY (tool, name)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX meters_whole ON claimcheck.meters (whole);

-- What a job shares with those that go by the same limits of its tool, empty for
-- none. Waiting ones are read by it, and those under a lease counted.
ALTER TABLE claimcheck.ready ADD COLUMN strand text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX ready_strands ON claimcheck.ready (owner, tool, strand, priority DESC, id) WHERE state = 0 AND probation = 0 AND strand <> '';
CREATE INDEX ready_strands_leased ON claimcheck.ready (tool, strand) WHERE state = 2 AND strand <> '';
