package xmlform

import (
	"bytes"
	"io"

	"claimcheck/internal/data"
)

// Format reads a document and writes it with each node on a line of its own,
// o.TabSpace spaces further to the right for each level, where that changes no text: elements with text stay as
// they are, and those with xml:space="preserve". It fails with Invalid INVALID_XML and
// INVALID_ENCODING, both with line and column, and with TooLarge FILE_TOO_LARGE.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	return lay(in, newLayout(out, true, o.TabSpace))
}

// Minify reads a document and writes it without the white space that Format lays out.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error {
	return lay(in, newLayout(out, false, 0))
}

// Validate reads a document. It fails as Format, but takes documents that cannot be laid out.
func Validate(in io.Reader) error {
	s := scan(in)
	for {
		if err := s.read(); err != nil {
			return err
		}
		if s.kind == ended {
			return nil
		}
	}
}

// lay reads a document and writes it by a layout.
func lay(in io.Reader, l *layout) error {
	s := scan(in)
	for {
		if err := s.read(); err != nil {
			return err
		}
		switch s.kind {
		case ended:
			return l.finish()
		case characters:
			if err := l.text(s.raw, s.blank); err != nil {
				return err
			}
		case cdata:
			if err := l.text(s.raw, false); err != nil {
				return err
			}
		case startTag:
			l.start(s)
		case endTag:
			l.leave()
			if s.tidy {
				l.write(s.raw)
			} else {
				l.raw = append(append(append(l.raw, "</"...), s.name...), '>')
			}
		case declaration:
			l.node()
			l.declaration(s)
		default:
			if s.first {
				l.node()
			}
			l.write(s.raw)
		}
		if err := l.settle(); err != nil {
			return err
		}
	}
}

// start writes a start tag: with one space before each attribute and no other white space.
func (l *layout) start(s *scanner) {
	l.node()
	if s.tidy {
		l.write(s.raw)
	} else {
		l.raw = append(append(l.raw, '<'), s.name...)
		for i := range s.attrs {
			a := &s.attrs[i]
			l.raw = append(append(append(append(l.raw, ' '), a.name...), '='), a.quoted...)
		}
		if s.empty {
			l.raw = append(l.raw, '/')
		}
		l.raw = append(l.raw, '>')
	}
	if !s.empty {
		l.enter(s.preserves(l.open[len(l.open)-1].keep))
	}
}

// preserves reports whether the element whose start tag was read keeps its white
// space; outer is whether the one around it does.
func (s *scanner) preserves(outer bool) bool {
	a := s.attr("xml:space")
	if a == nil {
		return outer
	}
	switch string(appendMeaning(nil, a.value, true)) {
	case "preserve":
		return true
	case "default":
		return false
	default:
		return outer
	}
}

// declaration writes the declaration of XML. Its encoding becomes UTF-8, which all outputs have.
func (l *layout) declaration(s *scanner) {
	if s.encoding == nil || bytes.EqualFold(s.encoding, []byte("UTF-8")) {
		l.write(s.raw)
		return
	}
	i := cap(s.raw) - cap(s.encoding)
	l.write(s.raw[:i])
	l.write([]byte("UTF-8"))
	l.write(s.raw[i+len(s.encoding):])
}
