package htmlform

// end follows an end tag.
func (t *tracker) end(e *element) (done effect) {
	done.of = e
	switch {
	case t.lost:
	case t.foreignIn > 0:
		t.endForeign(e)
	case e.any(formatting):
		t.endFormatting(e)
	case e.any(void):
		t.lost = t.lost || e.name == "br" && len(t.stack) > 0 && t.top().sel >= 0
	default:
		i := t.closes(e)
		if i < 0 {
			return done
		}
		done.closed, done.own = t.pop(i), true
		done.tail = e.name == "body" || e.name == "html"
		t.ended = t.ended || done.tail
	}
	return done
}

// closes finds the element that an end tag closes; -1 is none.
func (t *tracker) closes(e *element) int {
	i := t.index(e)
	if i < 0 && !e.any(heading) {
		return -1
	}
	top := t.top
	switch {
	case len(t.stack) == 0:
		return -1
	case e.any(heading): // any of them
		for _, name := range []string{"h1", "h2", "h3", "h4", "h5", "h6"} {
			i = max(i, t.index(elements[name]))
		}
		if i <= top().scope {
			return -1
		}
	case e.name == "body" || e.name == "html":
		// What is open in it stays so: known is only where nothing is.
		t.lost = i != len(t.stack)-1 && (i != len(t.stack)-2 || top().name != "body")
		if t.lost {
			return -1
		}
	case e.name == "form":
		if t.lost = i != len(t.stack)-1; t.lost {
			return -1
		}
	case e.name == "p":
		return top().p
	case e.name == "li":
		if i < top().scope || i < max(t.index(elements["ul"]), t.index(elements["ol"])) {
			return -1
		}
	case e.name == "table" || e.any(tablePart):
		if i < top().table {
			return -1
		}
	case e.name == "head":
		if i != len(t.stack)-1 {
			return -1
		}
	case e.name == "template":
	case e.any(special) || e.name == "dialog":
		if i < top().scope {
			return -1
		}
	default:
		if i < top().spec {
			return -1
		}
	}
	return i
}

// endFormatting follows the end tag of a formatting element (HTML 13.2.6.4.7, the adoption agency).
func (t *tracker) endFormatting(e *element) {
	if n := &t.level.dangling[e.order()]; *n > 0 {
		*n--
		t.level.total--
		return
	}
	i := t.index(e)
	switch {
	case i < 0 || i < t.top().mark || i < t.top().scope:
	case t.top().spec > i:
		t.level.twisted = true // blocks are open in it, which get it inside
	default:
		t.pop(i)
	}
}

// endForeign follows an end tag in SVG or MathML.
func (t *tracker) endForeign(e *element) {
	switch {
	case e.name == "foreignobject":
		if t.foreignHTM--; t.foreignHTM < 0 || t.foreignHTM == 0 && t.loose != 0 {
			t.lost = true
		}
	case t.foreignHTM == 0 && (e.name == "p" || e.name == "br"):
		t.lost = true
	case t.foreignHTM > 0 && (e.any(formatting) || e.any(foreign)):
		if t.loose--; t.loose < 0 {
			t.lost = true
		}
	case e.name == t.foreignTag:
		t.foreignIn--
	case t.foreignHTM == 0 && integration[e.name] && t.foreignTxt > 0:
		t.foreignTxt--
	case t.index(e) >= 0:
		t.lost = true // it closes an element outside
	}
}
