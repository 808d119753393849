-- Since when a pause or a lease runs, by the clock that its end was reckoned by;
-- 0 for a start that a client asked for. What seems to begin in the future was
-- given by a clock that was set back since, and is over.
ALTER TABLE claimcheck.ready ADD COLUMN since bigint NOT NULL DEFAULT 0;
CREATE INDEX ready_pauses ON claimcheck.ready (since) WHERE state = 1 AND since > 0;

ALTER TABLE claimcheck.deliveries ADD COLUMN since bigint NOT NULL DEFAULT 0;
CREATE INDEX deliveries_pauses ON claimcheck.deliveries (since) WHERE state = 0 AND since > 0;

CREATE INDEX uploads_begun ON claimcheck.uploads (created) WHERE NOT done;

-- The same of an allowance: when tat was last reckoned, in the same unit, and how
-- much of it the server knew of that asked then.
ALTER TABLE claimcheck.allowances ADD COLUMN at bigint NOT NULL DEFAULT 0;
ALTER TABLE claimcheck.allowances ADD COLUMN known bigint NOT NULL DEFAULT 0;
