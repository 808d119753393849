-- What a server knew to be confirmed by the copy when it wrote the row: all
-- transactions below this one. It is true whether the row itself is confirmed or
-- not, so that a server which knows nothing can learn it while the copy is away.
ALTER TABLE claimcheck.commits ADD COLUMN confirmed bigint NOT NULL DEFAULT 0;
