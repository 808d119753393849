package sqlform

// A class is what a word may be to the layout. A word that is a name to the database may
// have one too: then a line breaks where it need not.
type class uint8

const (
	plain      class = iota
	clause           // a line of its own, and what belongs to it on lines below
	byClause         // the same, where BY comes next
	withClause       // the same, where a statement begins
	setClause        // the same, in UPDATE
	fromClause       // the same, if it is not IS DISTINCT FROM
	starter          // begins a line; what belongs to it goes on there
	action           // a starter, if it is not ON DELETE, FOR UPDATE, GRANT SELECT
	union            // a line of its own between queries
	join             // before the word JOIN, or that
	andWord
	orWord
	between
	caseWord
	whenWord
	elseWord
	endWord
	beginWord
	inside // keywords that are no more than that; white space before a parenthesis behind them means nothing
)

var classes = map[string]class{
	"SELECT": action, "WHERE": clause, "HAVING": clause, "VALUES": clause, "RETURNING": clause, "WINDOW": clause, "QUALIFY": clause, "FROM": fromClause,
	"GROUP": byClause, "ORDER": byClause, "PARTITION": byClause, "WITH": withClause, "SET": setClause,

	"LIMIT": starter, "OFFSET": starter, "FETCH": starter,
	"INSERT": action, "UPDATE": action, "DELETE": action, "MERGE": action, "REPLACE": action, "CREATE": action, "ALTER": action, "DROP": action, "TRUNCATE": action,
	"UNION": union, "INTERSECT": union, "EXCEPT": union, "MINUS": union,

	"JOIN": join, "LEFT": join, "RIGHT": join, "FULL": join, "INNER": join, "OUTER": join, "CROSS": join, "NATURAL": join, "STRAIGHT_JOIN": join, "APPLY": join,
	"SEMI": join, "ANTI": join, "ASOF": join,

	"AND": andWord, "OR": orWord, "BETWEEN": between, "CASE": caseWord, "WHEN": whenWord, "ELSE": elseWord, "END": endWord, "BEGIN": beginWord,

	"AS": inside, "ON": inside, "IN": inside, "NOT": inside, "EXISTS": inside, "OVER": inside, "BY": inside, "ALL": inside, "THEN": inside, "USING": inside,
	"DISTINCT": inside, "IS": inside, "LIKE": inside, "INTO": inside, "RECURSIVE": inside, "DECLARE": inside, "UNIQUE": inside, "REFERENCES": inside, "CHECK": inside,
}

const longestWord = 13 // of those above

// classOf returns what a word may be.
func classOf(text []byte) class {
	if len(text) > longestWord || len(text) < 2 {
		return plain
	}
	var upper [longestWord]byte
	for i, c := range text {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return classes[string(upper[:len(text)])]
}

// takesParenthesis reports whether white space between a word of a class and a parenthesis
// means nothing, as it may behind the name of a function.
func (c class) takesParenthesis() bool {
	switch c {
	case plain, starter, join, setClause, endWord, beginWord, action:
		return false
	default:
		return true
	}
}
