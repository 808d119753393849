-- What its owner asks of a webhook beside address and events (job.WebhookTerms),
-- headers with secrets among it; NULL for nothing.
ALTER TABLE claimcheck.webhooks ADD COLUMN terms bytea;

-- Of a delivery: whether a claim has it, and whether it has its target for itself.
ALTER TABLE claimcheck.deliveries ADD COLUMN calling boolean NOT NULL DEFAULT false, ADD COLUMN ordered boolean NOT NULL DEFAULT false;

-- Before when no delivery of a target is claimed, in Unix microseconds: by its
-- pace, or because one has it for itself; 0 for neither.
ALTER TABLE claimcheck.targets ADD COLUMN turn bigint NOT NULL DEFAULT 0;
CREATE INDEX targets_turns ON claimcheck.targets (turn) WHERE turn > 0;
