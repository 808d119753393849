package sqlform

// put lays out token i and what has to stay with it; it returns the last of them.
func (f *form) put(i int) int {
	t := f.all[i]
	if i == f.first && !t.comment() {
		if last := f.body(i); last >= i {
			return f.keep(i, last)
		}
	} else if i == f.first {
		f.first++
	}
	if i > 0 && f.joinedStrings(i) {
		f.line(f.top().content)
	}
	switch {
	case t.kind == line || t.kind == block:
		f.comment(i)
	case t.kind == opaque:
		f.breaks, f.next = f.apart(i), 0
		f.write(i)
		f.begin(i + 1)
		f.breaks = f.apart(i + 1)
	case t.kind == semi:
		if f.breaks > 0 && !f.all[i-1].wholeLine() {
			f.breaks = 0
		}
		f.write(i)
		f.begin(i + 1)
	case i < f.flat:
		f.write(i)
	default:
		f.token(i)
	}
	if i+1 == f.head {
		f.line(f.headLevel)
	}
	return i
}

// apart is how many line breaks are between token i and the one before it where there
// must be some: a blank line stays.
func (f *form) apart(i int) int {
	if i < len(f.all) && f.all[i].lines > 1 {
		return 2
	}
	return 1
}

func (f *form) top() *frame { return &f.frames[len(f.frames)-1] }

// comment writes a comment: behind what was before it, where it was on its line.
func (f *form) comment(i int) {
	t := f.all[i]
	breaks, next := f.breaks, f.next
	if t.lines == 0 && len(f.out) > 0 && !f.all[i-1].wholeLine() {
		f.breaks = 0
		f.write(i)
		f.breaks, f.next = breaks, next
		if t.kind == line {
			f.line(f.commentLevel(i, breaks, next))
		}
		return
	}
	level := f.commentLevel(i, breaks, next)
	f.line(level)
	f.write(i)
	f.line(level)
}

// commentLevel is the level of a line that a comment makes necessary.
func (f *form) commentLevel(i, breaks, next int) int {
	switch {
	case breaks > 0:
		return next
	case i < f.first: // no token of the statement was before
		return 0
	}
	return f.top().content
}

// token lays out a token that is neither comment nor on a line with its neighbours.
func (f *form) token(i int) {
	t := f.all[i]
	switch {
	case t.kind == open:
		f.open(i)
	case t.kind == shut:
		f.shut(i)
	case t.kind == comma:
		if f.breaks > 0 && !f.all[i-1].wholeLine() {
			f.breaks = 0
		}
		f.write(i)
		if top := f.top(); top.broken && top.brackets == 0 && !f.all[i-1].wholeLine() {
			f.line(top.content)
		}
	case t.kind == glue:
		f.write(i)
		f.top().bracket(f.src[t.start])
	case t.class != plain:
		f.keyword(i)
	default:
		f.write(i)
	}
}

// bracket counts a bracket, between which commas are no ends of lines.
func (f *frame) bracket(c byte) {
	switch {
	case c == '[' || c == '{':
		f.brackets++
	case (c == ']' || c == '}') && f.brackets > 0:
		f.brackets--
	}
}

// open writes a parenthesis: what is in it stays on the line if it fits.
func (f *form) open(i int) {
	f.write(i)
	m := int(f.mate[i])
	switch {
	case m == 0:
	case f.fits(i):
		f.flat = m
	case f.opensQuery(i):
		f.frames = append(f.frames, frame{mate: m, outer: f.level, level: f.level + 1, content: f.level + 2})
		f.line(f.level + 1)
	default:
		f.frames = append(f.frames, frame{kind: list, mate: m, outer: f.level, level: f.level + 1, content: f.level + 1, broken: true})
		f.line(f.level + 1)
	}
}

// shut writes the parenthesis that ends a frame, or one that was on its line.
func (f *form) shut(i int) {
	if top := f.top(); top.mate == i && top.kind != choice {
		f.line(top.outer)
		f.breaks = 1
		f.frames = f.frames[:len(f.frames)-1]
	}
	f.write(i)
}

// keyword lays out a word that may begin a line.
func (f *form) keyword(i int) {
	switch top := f.top(); f.all[i].class {
	case andWord, orWord:
		f.and(i, top)
	case between:
		top.between++
		f.write(i)
	case caseWord:
		f.choose(i)
	case whenWord, elseWord:
		switch {
		case top.kind == choice:
			f.line(top.content)
		case top.kind == query && f.merges():
			f.line(top.level)
			top.broken = false
		}
		f.write(i)
	case endWord:
		if n := len(f.frames) - 1; top.kind == choice && top.mate == i {
			f.line(top.outer)
			f.frames = f.frames[:n]
		}
		f.write(i)
	default:
		if top.kind == query || top.kind == list && (f.inWindow(i) || f.all[i].class == join) {
			f.clause(i, top)
			return
		}
		f.write(i)
	}
}

// and writes AND and OR, on a line of its own where conditions are.
func (f *form) and(i int, top *frame) {
	if f.all[i].class == andWord && top.between > 0 {
		top.between--
	} else if top.broken {
		f.line(top.content)
	}
	f.write(i)
}

// choose writes CASE.
func (f *form) choose(i int) {
	f.write(i)
	switch m := int(f.mate[i]); {
	case m == 0:
	case f.fits(i):
		f.flat = m + 1
	default:
		f.frames = append(f.frames, frame{kind: choice, mate: m, outer: f.level, level: f.level, content: f.level + 1})
	}
}

// inWindow reports whether a word begins a part of a window that is too long for its line.
func (f *form) inWindow(i int) bool { return f.all[i].class == byClause && f.word(i+1, "BY") }

// clause lays out the words of a query that begin lines.
func (f *form) clause(i int, top *frame) {
	end, broken, ok := f.clauseEnd(i)
	switch {
	case !ok:
		f.write(i)
		return
	case f.all[i].class == join:
		f.line(top.content)
		f.write(i)
		f.flat = end
		return
	case i > f.first:
		f.line(top.level)
	}
	if top.kind == query {
		top.broken, top.between, top.brackets = broken, 0, 0
	}
	f.write(i)
	f.flat, f.head = end, 0
	if broken && top.kind == query {
		f.head, f.headLevel = end, top.content
		if f.all[i].class == union {
			f.headLevel = top.level
		}
	}
}
