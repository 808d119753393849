-- What is counted for operators: what one process (writer, a random number) counted
-- of one tool in a minute, or in length minutes, that began at at. The tool is empty
-- for what is not of a tool. A row is written again every few seconds while its time
-- lasts, so pages are left with room for that. Servers of the release before neither
-- read nor write it.
CREATE TABLE claimcheck.minutes (
	at        bigint NOT NULL,
	length    bigint NOT NULL,
	tool      text   COLLATE "C" NOT NULL,
	writer    bigint NOT NULL,
	accepted  bigint NOT NULL,
	succeeded bigint NOT NULL,
	failed    bigint NOT NULL,
	detail    bytea  NOT NULL,
	PRIMARY KEY (length, at, tool, writer)
) WITH (fillfactor = 80);
