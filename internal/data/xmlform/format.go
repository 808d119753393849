package xmlform

import (
	"bytes"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
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
func Validate(in io.Reader, _ *data.Options) error {
	s := scan.New(in)
	for {
		if err := s.Next(); err != nil {
			return err
		}
		if s.Kind == scan.End {
			return nil
		}
	}
}

// lay reads a document and writes it by a layout.
func lay(in io.Reader, l *layout) error {
	s := scan.New(in)
	for {
		if err := s.Next(); err != nil {
			return err
		}
		switch s.Kind {
		case scan.End:
			return l.finish()
		case scan.Characters:
			if err := l.text(s.Raw, s.Blank); err != nil {
				return err
			}
		case scan.CDATA:
			if err := l.text(s.Raw, false); err != nil {
				return err
			}
		case scan.StartTag:
			l.start(s)
		case scan.EndTag:
			l.leave()
			if s.Tidy {
				l.write(s.Raw)
			} else {
				l.raw = append(append(append(l.raw, "</"...), s.Name...), '>')
			}
		case scan.Declaration:
			l.node()
			l.declaration(s)
		default:
			if s.First {
				l.node()
			}
			l.write(s.Raw)
		}
		if err := l.settle(); err != nil {
			return err
		}
	}
}

// start writes a start tag: with one space before each attribute and no other white space.
func (l *layout) start(s *scan.Scanner) {
	l.node()
	if s.Tidy {
		l.write(s.Raw)
	} else {
		l.raw = append(append(l.raw, '<'), s.Name...)
		for i := range s.Attrs {
			a := &s.Attrs[i]
			l.raw = append(append(append(append(l.raw, ' '), a.Name...), '='), a.Quoted...)
		}
		if s.Empty {
			l.raw = append(l.raw, '/')
		}
		l.raw = append(l.raw, '>')
	}
	if !s.Empty {
		l.enter(preserves(s, l.open[len(l.open)-1].keep))
	}
}

// preserves reports whether the element whose start tag was read keeps its white
// space; outer is whether the one around it does.
func preserves(s *scan.Scanner, outer bool) bool {
	a := s.Attr("xml:space")
	if a == nil {
		return outer
	}
	switch string(scan.AppendMeaning(nil, a.Value, true)) {
	case "preserve":
		return true
	case "default":
		return false
	default:
		return outer
	}
}

// declaration writes the declaration of XML. Its encoding becomes UTF-8, which all outputs have.
func (l *layout) declaration(s *scan.Scanner) {
	if s.Encoding == nil || bytes.EqualFold(s.Encoding, []byte("UTF-8")) {
		l.write(s.Raw)
		return
	}
	i := cap(s.Raw) - cap(s.Encoding)
	l.write(s.Raw[:i])
	l.write([]byte("UTF-8"))
	l.write(s.Raw[i+len(s.Encoding):])
}
