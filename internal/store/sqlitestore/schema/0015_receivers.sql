-- What its owner asks of a webhook beside address and events (job.WebhookTerms),
-- headers with secrets among it; NULL for nothing.
ALTER TABLE webhooks ADD COLUMN terms BLOB;

-- Of a delivery: whether a claim has it, and whether it has its target for itself.
ALTER TABLE deliveries ADD COLUMN calling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN ordered INTEGER NOT NULL DEFAULT 0;

-- Before when no delivery of a target is claimed, in Unix microseconds: by its
-- pace, or because one has it for itself; 0 for neither.
ALTER TABLE targets ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
CREATE INDEX targets_turns ON targets (turn) WHERE turn > 0;
