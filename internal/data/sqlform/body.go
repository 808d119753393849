package sqlform

// body returns the last token of a statement that begins at i and has statements in it, as
// procedures have: they stay as they are, for where each ends depends on much. It is -1 for
// a statement without.
func (f *form) body(i int) int {
	if !f.hasBody(i) {
		return -1
	}
	depth := 0
	if f.createsAny(i, "PACKAGE") {
		depth = 1 // it has no BEGIN of its own
	}
	for n := i; n < len(f.all); n++ {
		switch t := f.all[n]; {
		case t.kind == opaque:
			return n - 1
		case t.class == beginWord && !f.isTransaction(n), t.class == caseWord && !f.isEndCase(n):
			depth++
		case t.class == endWord && !f.endsLoop(n):
			if depth--; depth <= 0 && !f.word(n+1, "ELSE") {
				return f.bodyEnd(n)
			}
		}
	}
	return len(f.all) - 1
}

// hasBody reports whether there are statements in the one that begins at token i.
func (f *form) hasBody(i int) bool {
	switch {
	case f.all[i].class == beginWord:
		return !f.isTransaction(i)
	case f.all[i].kind != word, f.word(i, "SELECT"), f.word(i, "INSERT"), f.word(i, "UPDATE"), f.word(i, "DELETE"), f.word(i, "WITH"):
		return false
	case f.word(i, "DECLARE"):
		return f.d.alternative && !f.d.generic
	}
	routine := f.createsAny(i, "PACKAGE", "PROCEDURE", "FUNCTION", "TRIGGER", "TYPE")
	for n := i + 1; n < len(f.all) && f.all[n].kind != semi && f.all[n].kind != opaque; n++ {
		switch {
		case f.all[n].class == beginWord && !f.isTransaction(n):
			return true
		case routine && f.d.alternative && (f.word(n, "IS") || f.word(n, "AS") && !f.d.generic) && f.is(n+1, word) && !f.word(n+1, "NOT") && !f.word(n+1, "NULL") && !f.word(n+1, "DISTINCT"):
			return true
		}
	}
	return false
}

// createsAny reports whether the statement at token i creates something of some kinds.
func (f *form) createsAny(i int, kinds ...string) bool {
	const most = 8 // words before the kind: CREATE OR REPLACE EDITIONABLE …
	if !f.word(i, "CREATE") && !f.word(i, "ALTER") {
		return false
	}
	for n := i + 1; n < i+most; n++ {
		for _, k := range kinds {
			if f.word(n, k) {
				return true
			}
		}
	}
	return false
}

// isTransaction reports whether a BEGIN begins a transaction.
func (f *form) isTransaction(i int) bool {
	if i+1 >= len(f.all) || f.all[i+1].kind != word {
		return i+1 >= len(f.all) || f.all[i+1].kind == semi || f.all[i+1].kind == opaque
	}
	for _, w := range []string{"TRANSACTION", "TRAN", "WORK", "ISOLATION", "READ", "DEFERRED", "IMMEDIATE", "EXCLUSIVE", "CONCURRENT", "DISTRIBUTED"} {
		if f.word(i+1, w) {
			return true
		}
	}
	return false
}

// endsLoop reports whether an END is that of IF or a loop, whose beginning is not counted.
func (f *form) endsLoop(i int) bool {
	if i+1 >= len(f.all) || f.all[i+1].lines > 0 || f.d.goLines && !f.d.generic {
		return false
	}
	return f.word(i+1, "IF") || f.word(i+1, "LOOP") || f.word(i+1, "WHILE") || f.word(i+1, "REPEAT") || f.word(i+1, "FOR")
}

// bodyEnd returns the last token of a statement whose body ends with END at token i.
func (f *form) bodyEnd(i int) int {
	switch {
	case f.is(i+1, semi), f.word(i+1, "TRY"), f.word(i+1, "CATCH"):
		return i + 1
	case f.is(i+2, semi) && (f.is(i+1, word) || f.is(i+1, quoted)):
		return i + 2
	default:
		return i
	}
}

// keep writes the tokens from i to last as they were, with all that is between them.
func (f *form) keep(i, last int) int {
	f.write(i)
	f.out = append(f.out, f.src[f.all[i].end:f.all[last].end]...)
	f.begin(last + 1)
	if f.all[last].wholeLine() {
		f.breaks = f.apart(last + 1)
	}
	return last
}
