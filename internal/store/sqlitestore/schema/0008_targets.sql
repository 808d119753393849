-- Receivers, so that owners can take turns and each of them can be left alone
-- for a while. due is that of the first pending delivery, 0 if there is none. Of
-- what was heard last: standing (job.TargetStanding), when, and until when the receiver
-- asked to be left alone.
CREATE TABLE targets (
	name     TEXT PRIMARY KEY, -- job.TargetOf
	owner    TEXT    NOT NULL,
	standing INTEGER NOT NULL DEFAULT 0,
	due      INTEGER NOT NULL,
	heard    INTEGER NOT NULL DEFAULT 0,
	until    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX targets_waiting ON targets (owner, standing, due) WHERE due > 0;
CREATE INDEX targets_by_due ON targets (due);
CREATE INDEX targets_idle ON targets (heard) WHERE due = 0;
INSERT INTO targets (name, owner, due) SELECT target, min(owner), min(due) FROM deliveries WHERE state = 0 GROUP BY target;

CREATE TRIGGER delivery_made AFTER INSERT ON deliveries WHEN NEW.state = 0 BEGIN
	INSERT INTO targets (name, owner, due) VALUES (NEW.target, NEW.owner, NEW.due)
		ON CONFLICT (name) DO UPDATE SET due = excluded.due WHERE due = 0 OR due > excluded.due;
END;
CREATE TRIGGER delivery_moved AFTER UPDATE OF state, due ON deliveries BEGIN
	INSERT INTO targets (name, owner, due) VALUES (NEW.target, NEW.owner, coalesce((SELECT min(due) FROM deliveries WHERE state = 0 AND target = NEW.target), 0))
		ON CONFLICT (name) DO UPDATE SET due = excluded.due WHERE due <> excluded.due;
END;
CREATE TRIGGER delivery_removed AFTER DELETE ON deliveries WHEN OLD.state = 0 BEGIN
	UPDATE targets SET due = coalesce((SELECT min(due) FROM deliveries WHERE state = 0 AND target = OLD.target), 0) WHERE name = OLD.target;
END;
