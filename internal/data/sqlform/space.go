package sqlform

// prepare says of each token what the layout asks: the class of a word, and whether an
// operator is before its operand.
func (f *form) prepare() {
	for i := range f.all {
		t := &f.all[i]
		switch t.kind {
		case word:
			t.class = classOf(f.text(i))
			if i > 0 && f.all[i-1].kind == dot || i+1 < len(f.all) && f.all[i+1].kind == dot {
				t.class = plain
			}
		case operator:
			near := f.near(i + 1)
			t.prefix = near && f.text(i)[0] != '*' && (t.gap || i == 0 || f.all[i-1].kind == operator || f.all[i-1].kind == comma || f.all[i-1].kind == open)
		default:
		}
	}
}

// spaced reports whether a space is between token i and the one before it, on one line.
func (f *form) spaced(i int) bool {
	if i == 0 {
		return false
	}
	a, b := f.all[i-1], f.all[i]
	switch {
	case a.kind == glue, b.kind == glue, a.kind == template, b.kind == template, a.kind == dot, b.kind == dot:
		return b.gap
	case b.kind == comma, b.kind == semi, b.kind == shut, a.kind == open:
		return false
	case a.kind == comma, a.kind == semi, b.kind == block, b.kind == line, b.kind == hint:
		return true
	case a.kind == operator:
		return f.behindOperator(i)
	case b.kind == operator:
		return b.gap || b.prefix || !f.dashed(i)
	case b.kind == open && a.kind == word && a.class.takesParenthesis():
		return true
	default:
		return b.gap
	}
}

// behindOperator reports whether a space is between token i and the operator before it.
func (f *form) behindOperator(i int) bool {
	a, b := f.all[i-1], f.all[i]
	switch {
	case a.prefix && b.kind != operator, f.dashed(i - 1), f.d.generic && b.kind == param && string(f.text(i-1)) == "<": // <@ is an operator too
		return b.gap
	default:
		return true
	}
}

// dashed reports whether an operator may be a dash of a name, my-project-1 in BigQuery. What
// may begin a line is not the rest of a name.
func (f *form) dashed(i int) bool {
	return f.d.dashNames && !f.all[i].gap && f.near(i+1) && f.all[i+1].class == plain && string(f.text(i)) == "-"
}

// near reports whether token i is one that stays where it is, directly behind the one before.
func (f *form) near(i int) bool {
	if i >= len(f.all) || f.all[i].gap {
		return false
	}
	k := f.all[i].kind
	return k != block && k != line && k != hint && k != opaque
}
