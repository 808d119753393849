-- Since when a pause or a lease runs, by the clock that its end was reckoned by;
-- 0 for a start that a client asked for. What seems to begin in the future was
-- given by a clock that was set back since, and is over.
ALTER TABLE ready ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ready_pauses ON ready (since) WHERE state = 1 AND since > 0;

ALTER TABLE deliveries ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_pauses ON deliveries (since) WHERE state = 0 AND since > 0;

CREATE INDEX uploads_begun ON uploads (created) WHERE done = 0;
