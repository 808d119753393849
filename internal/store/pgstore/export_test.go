package pgstore

// SQLList is the statement that reads lists.
const SQLList = sqlList
