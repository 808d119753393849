package lexis

// A Kind of token.
type Kind uint8

// The kinds.
const (
	EOF Kind = iota
	Name
	Private // #name
	Num
	Str
	Tmpl // a template, or the piece of one to the next ${ or from the last }
	Regex

	BraceL
	BraceR
	ParenL
	ParenR
	BracketL
	BracketR
	Dot
	Ellipsis
	Semi
	Comma
	Colon
	Question
	QuestionDot
	Arrow
	Eq     // =
	Assign // += and the like
	LogicalAssign
	IncDec
	Bang // ! ~
	PlusMin
	Star
	Slash // / %
	StarStar
	Coalesce
	LogicalOr
	LogicalAnd
	BitOr
	BitXor
	BitAnd
	Equality
	Relational
	Shift

	FirstKeyword
	KBreak
	KCase
	KCatch
	KClass
	KConst
	KContinue
	KDebugger
	KDefault
	KDelete
	KDo
	KElse
	KExport
	KExtends
	KFalse
	KFinally
	KFor
	KFunction
	KIf
	KImport
	KIn
	KInstanceof
	KNew
	KNull
	KReturn
	KSuper
	KSwitch
	KThis
	KThrow
	KTrue
	KTry
	KTypeof
	KVar
	KVoid
	KWhile
	KWith
)

// Keywords are the kinds of the words that are no names.
var Keywords = map[string]Kind{
	"break": KBreak, "case": KCase, "catch": KCatch, "class": KClass, "const": KConst, "continue": KContinue, "debugger": KDebugger, "default": KDefault,
	"delete": KDelete, "do": KDo, "else": KElse, "export": KExport, "extends": KExtends, "false": KFalse, "finally": KFinally, "for": KFor, "function": KFunction,
	"if": KIf, "import": KImport, "in": KIn, "instanceof": KInstanceof, "new": KNew, "null": KNull, "return": KReturn, "super": KSuper, "switch": KSwitch,
	"this": KThis, "throw": KThrow, "true": KTrue, "try": KTry, "typeof": KTypeof, "var": KVar, "void": KVoid, "while": KWhile, "with": KWith,
}

// Binary are the operators between two operands, and how strongly they bind.
var Binary = [256]uint8{
	Coalesce: 1, LogicalOr: 1, LogicalAnd: 2, BitOr: 3, BitXor: 4, BitAnd: 5, Equality: 6, Relational: 7, KIn: 7, KInstanceof: 7, Shift: 8, PlusMin: 9, Star: 10, Slash: 10,
}

// IsAssign reports whether a token assigns.
func (k Kind) IsAssign() bool { return k == Eq || k == Assign || k == LogicalAssign }

// IsPrefix reports whether a token is an operator before its operand.
func (k Kind) IsPrefix() bool {
	return k == IncDec || k == Bang || k == PlusMin || k == KTypeof || k == KVoid || k == KDelete
}

// IsWord reports whether a token is a name or keyword.
func (k Kind) IsWord() bool { return k == Name || k > FirstKeyword }

// A Role is what a token does where it is, as far as white space goes.
type Role uint8

// The roles.
const (
	Plain   Role = iota
	Between      // an operator between two operands, =>, ? and : of a condition
	Before       // an operator before its operand
	After        // one behind it
	Label        // a colon behind what it names
	Tight        // ( [ or a template that belong to what is before them
	Control      // ( behind a keyword
	Group        // ( [ by itself
	Shut         // ) ]
	Object       // { of an object, a pattern or a list of names
	ShutObject
	Block // { of statements, members of a class or cases
	ShutBlock
	StarFunction // * of function* and yield*
	StarMember   // * before the name of a generator
)

// A Mark is what else is true of a token; it may have several.
type Mark uint8

// The marks.
const (
	Begins   Mark = 1 << iota // a statement, a member of a class or a case
	Inserted                  // the end of a statement is before it that nobody wrote
	Ends                      // a semicolon that ends a statement: it is not needed before }
	Body                      // begins the statement of an if or loop that has no braces
	Joins                     // goes on where a block has ended: else, catch, finally, while
	CaseMark                  // case or default
	Heading                   // a semicolon in the head of a loop
	Wide                      // an object that has functions in it
)

// A Token is a piece of the text.
type Token struct {
	Start, End uint32
	Mate       uint32 // index of the bracket that closes it; in a template, of its last piece; of else and while, one more than that of if or do; 0: none
	Kind       Kind
	Role       Role
	Marks      Mark
	Lines      uint8 // line breaks before it, at most 2
}
