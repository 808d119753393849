-- The networks that a key is taken from, as a JSON list of texts; NULL for all.
ALTER TABLE keys ADD COLUMN networks BLOB;
