package pgstore

// SQLList and SQLListAll are the statements that read lists, of one owner and of all.
const (
	SQLList    = sqlList
	SQLListAll = sqlListAll
)
