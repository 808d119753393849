package sqlform

// clauseEnd returns the token behind the words that a clause begins with, and whether what
// belongs to it is on lines of its own; it is not ok where token i is no such word here.
func (f *form) clauseEnd(i int) (end int, broken, ok bool) {
	switch c := f.all[i].class; c {
	case clause:
		inside := f.behind(i, operator, comma) && f.is(i+1, open) || f.behind(i, glue) || f.merges() && f.word(i, "VALUES")
		return i + 1, true, !inside
	case byClause:
		return i + 2, true, f.word(i+1, "BY")
	case withClause:
		if f.word(i+1, "RECURSIVE") {
			return i + 2, true, true
		}
		return i + 1, true, f.withQuery(i) && (i == f.first || f.behind(i, open, shut) || f.word(i-1, "AS"))
	case setClause:
		changes := f.word(f.first, "UPDATE") || f.word(f.first, "INSERT") || f.word(f.first, "WITH")
		return i + 1, true, changes && !f.word(i-1, "DELETE")
	case fromClause:
		distinct := f.word(i-1, "DISTINCT") && (f.word(i-2, "IS") || f.word(i-2, "NOT"))
		return i + 1, true, !distinct && !f.word(i-1, "DELETE") && !f.word(f.first, "REVOKE")
	case starter:
		return i + 1, false, !f.is(i+1, open) && !f.behind(i, operator, comma, glue) && !f.word(i-1, "WITH")
	case action:
		return f.actionEnd(i)
	case union:
		end = i + 1
		for f.word(end, "ALL") || f.word(end, "DISTINCT") {
			end++
		}
		return end, true, !f.behind(i, operator)
	case join:
		return f.joinEnd(i)
	default:
		return i + 1, false, false
	}
}

// merges reports whether the statement is MERGE, whose WHENs have statements without lines of
// their own.
func (f *form) merges() bool { return f.word(f.first, "MERGE") }

// actionEnd is clauseEnd of the words that say what a statement does.
func (f *form) actionEnd(i int) (end int, broken, ok bool) {
	grants := f.word(f.first, "GRANT") || f.word(f.first, "REVOKE")
	if !f.word(i, "SELECT") {
		inside := f.behind(i, operator, comma, glue) || f.is(i+1, open) || f.is(i+1, comma) || f.word(f.first, "ALTER") && i > f.first
		for _, before := range []string{"ON", "FOR", "OR", "OF", "THEN", "DO", "BEFORE", "AFTER", "KEY", "NOT", "AS"} {
			inside = inside || f.word(i-1, before)
		}
		return i + 1, false, !inside && !grants
	}
	for end = i + 1; f.word(end, "DISTINCT") || f.word(end, "ALL") || f.is(end, hint); end++ {
	}
	return end, true, !grants
}

// joinEnd is clauseEnd of the words before JOIN.
func (f *form) joinEnd(i int) (end int, broken, ok bool) {
	const most = 5
	for end = i; end < i+most; end++ {
		switch {
		case f.word(end, "JOIN"), f.word(end, "APPLY"), f.word(end, "STRAIGHT_JOIN"):
			return end + 1, false, true
		case end >= len(f.all), f.all[end].class != join && !f.word(end, "ANY") && !f.word(end, "ALL"):
			return end, false, false
		}
	}
	return end, false, false
}

// is reports whether token i is of a kind.
func (f *form) is(i int, k kind) bool { return i >= 0 && i < len(f.all) && f.all[i].kind == k }

// behind reports whether the token before i is of one of some kinds.
func (f *form) behind(i int, kinds ...kind) bool {
	for _, k := range kinds {
		if f.is(i-1, k) {
			return true
		}
	}
	return false
}
