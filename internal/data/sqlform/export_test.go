package sqlform

// Tokens are those of a text: comments apart from the others.
func Tokens(src []byte, dialectName string) (tokens, comments []string, err error) {
	d := dialects[dialectName]
	all, err := lex(src, d)
	f := &form{d: d, src: src, all: all}
	for i, t := range all {
		if t.comment() && !f.isHint(i) {
			comments = append(comments, string(f.text(i)))
		} else {
			tokens = append(tokens, string(f.text(i)))
		}
	}
	return tokens, comments, err
}
