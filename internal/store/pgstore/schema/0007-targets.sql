-- Receivers, so that owners can take turns and each of them can be left alone
-- for a while. due is never later than that of the first pending delivery, and 0
-- if there is none. Of what was heard last: standing (job.TargetStanding), when, and
-- until when the receiver asked to be left alone.
CREATE TABLE claimcheck.targets (
	name     text     COLLATE "C" PRIMARY KEY, -- job.TargetOf
	owner    text     COLLATE "C" NOT NULL,
	standing smallint NOT NULL DEFAULT 0,
	due      bigint   NOT NULL,
	heard    bigint   NOT NULL DEFAULT 0,
	until    bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX targets_waiting ON claimcheck.targets (owner, standing, due) WHERE due > 0;
CREATE INDEX targets_by_due ON claimcheck.targets (due) WHERE due > 0;
CREATE INDEX targets_idle ON claimcheck.targets (heard) WHERE due = 0;
-- A server of the release before may be writing a delivery: from here to the trigger
-- none may come.
LOCK TABLE claimcheck.deliveries IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO claimcheck.targets (name, owner, due) SELECT target, min(owner), min(due) FROM claimcheck.deliveries WHERE state = 0 GROUP BY target;

-- Whoever adds a pending delivery or has one due earlier holds the lock of its
-- owner; a claim, which does not, only makes it due later, and says so afterwards.
CREATE FUNCTION claimcheck.delivery_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO claimcheck.targets AS t (name, owner, due) VALUES (NEW.target, NEW.owner, NEW.due)
		ON CONFLICT (name) DO UPDATE SET due = excluded.due WHERE t.due = 0 OR t.due > excluded.due;
	RETURN NULL;
END $$;
CREATE TRIGGER delivery_made AFTER INSERT ON claimcheck.deliveries
	FOR EACH ROW WHEN (NEW.state = 0) EXECUTE FUNCTION claimcheck.delivery_due();
CREATE TRIGGER delivery_moved AFTER UPDATE OF state, due ON claimcheck.deliveries
	FOR EACH ROW WHEN (NEW.state = 0 AND (OLD.state <> 0 OR NEW.due < OLD.due)) EXECUTE FUNCTION claimcheck.delivery_due();
