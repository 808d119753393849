-- What is counted for operators: what one process (writer, a random number) counted
-- of one tool in a minute, or in length minutes, that began at at. The tool is empty
-- for what is not of a tool.
CREATE TABLE minutes (
	at        INTEGER NOT NULL,
	length    INTEGER NOT NULL,
	tool      TEXT    NOT NULL,
	writer    INTEGER NOT NULL,
	accepted  INTEGER NOT NULL,
	succeeded INTEGER NOT NULL,
	failed    INTEGER NOT NULL,
	detail    BLOB    NOT NULL,
	PRIMARY KEY (length, at, tool, writer)
) STRICT, WITHOUT ROWID;
