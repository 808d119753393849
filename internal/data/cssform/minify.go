package cssform

import (
	"bufio"
	"bytes"
	"io"
)

// Minify writes a style sheet without white space, comments and semicolons that are not
// needed, and numbers without a zero before the point and at the end of what is behind it.
// Comments that begin with /*! stay. The fault INVALID_CSS has the position of what is not closed.
func Minify(in io.Reader, out io.Writer) error {
	m := &minifier{}
	err := parse(in, func(src []byte) printer {
		m.writing = writing{output: output{out: bufio.NewWriter(out)}, src: src, space: compact, comments: licence, number: short, gap: m.between}
		return m
	})
	if err != nil {
		return err
	}
	m.owed()
	return written(m.out.Flush())
}

type minifier struct {
	writing

	owing bool // a semicolon, unless the block ends
}

func (m *minifier) between(g gap) {
	if g != none {
		m.put(oneSpace)
	}
}

// owed writes the semicolon before what follows.
func (m *minifier) owed() {
	if m.owing {
		m.put(aSemicolon)
	}
	m.owing = false
}

func licence(text []byte) bool { return bytes.HasPrefix(text, []byte("/*!")) }

func (m *minifier) comment(text []byte, _ bool) {
	if licence(text) {
		m.owed()
		m.put(text)
	}
}

func (m *minifier) gap() {}

func (m *minifier) open(s *statement) {
	m.owed()
	m.tokens(s.form, s.tokens)
	m.put(anOpening)
}

func (m *minifier) close() {
	m.owing = false
	m.put(aClosing)
}

func (m *minifier) statement(s *statement) {
	m.owed()
	switch s.form {
	case mark:
		m.tokens(s.form, s.tokens)
		return
	case declaration, custom:
		m.tokens(atRule, s.tokens[:s.colon])
		m.put(aColon)
		if value := s.raw(m.src); value != nil {
			m.put(value)
		} else {
			m.tokens(declaration, s.tokens[s.colon+1:])
		}
	default:
		m.tokens(s.form, s.tokens)
	}
	m.owing = true
}

// raw is the value of a declaration that is written as it is: that of a custom property,
// and what only old browsers read. Else it is nil.
func (s *statement) raw(src []byte) []byte {
	value := s.tokens[s.colon+1:]
	if len(value) == 0 {
		if s.form == custom {
			return []byte{' '} // older browsers take no property without a value
		}
		return nil
	}
	text := src[value[0].start:value[len(value)-1].end]
	if s.form == custom {
		for n := len(value); n > 0 && value[n-1].kind == space; n-- {
			text = src[value[0].start:value[n-1].start]
		}
		if text = bytes.TrimLeft(text, " \t\n\r\f"); len(text) == 0 {
			return []byte{' '}
		}
		return text
	}
	for _, t := range value {
		if word := src[t.start:t.end]; t.kind == ident && bytes.EqualFold(word, []byte("progid")) || t.kind == function && bytes.EqualFold(word, []byte("expression(")) {
			return bytes.TrimSpace(text)
		}
	}
	return nil
}

// short is a number without zeros that say nothing. One with a point keeps one: 1.0 is no integer.
func short(text []byte) []byte {
	point := bytes.IndexByte(text, '.')
	if point < 0 {
		return text
	}
	stop := point + 1
	for stop < len(text) && text[stop] >= '0' && text[stop] <= '9' {
		stop++
	}
	kept := stop
	for kept > point+2 && text[kept-1] == '0' {
		kept--
	}
	sign := 0
	if text[0] == '+' || text[0] == '-' {
		sign = 1
	}
	begin := sign
	if len(bytes.Trim(text[sign:point], "0")) == 0 {
		begin = point
	}
	if begin == sign && kept == stop {
		return text
	}
	made := append([]byte{}, text[:sign]...)
	made = append(made, text[begin:kept]...)
	return append(made, text[stop:]...)
}
