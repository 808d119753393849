package workbook

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

const (
	scanBytes = 64 << 10
	maxToken  = 1 << 20 // of a tag or a text between two
	maxDepth  = 256     // of elements
)

// An event is what a scanner has come to.
type event uint8

const (
	begun event = iota // an element begins
	ended              // an element ends
	chars              // text
	done               // the end
)

// A scanner reads the XML of a part, as much as workbooks need of it: names without their prefixes,
// no document type, and so no entities but those that XML has itself.
type scanner struct {
	in      io.Reader
	part    string
	buf     []byte
	at, end int // what is unread of buf
	eof     bool

	event  event
	name   []byte // of an element, without prefix; good until next
	tag    []byte // what follows the name in the tag of an element that begins
	raw    []byte // of text; good until next
	cdata  bool   // raw has no references
	closed bool   // the element that has begun ends at once
	depth  int
}

func newScanner(in io.Reader, part string) *scanner {
	x := &scanner{in: in, part: part, buf: make([]byte, scanBytes)}
	return x
}

// bad is the fault for XML that cannot be read.
func (x *scanner) bad(why string) error {
	return grid.Bad("The workbook is damaged: its part %s is not the XML that it should be (%s).", x.part, why)
}

// fill reads more. It reports whether there is more.
func (x *scanner) fill() (bool, error) {
	if x.eof {
		return false, nil
	}
	if x.at > 0 {
		x.end = copy(x.buf, x.buf[x.at:x.end])
		x.at = 0
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= maxToken {
			return false, data.TooLarge("The workbook's part %s has a text or a tag of more than %d bytes.", x.part, maxToken)
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	n, err := x.in.Read(x.buf[x.end:])
	x.end += n
	switch {
	case errors.Is(err, io.EOF):
		x.eof = true
	case err != nil:
		return false, damaged(x.part, err)
	}
	return n > 0 || !x.eof, nil
}

// begin looks at the encoding, which is UTF-8 or, with a mark, UTF-16.
func (x *scanner) begin() error {
	for x.end < 4 && !x.eof {
		if _, err := x.fill(); err != nil {
			return err
		}
	}
	head := x.buf[:x.end]
	switch {
	case begins(head, "\xEF\xBB\xBF"):
		x.at = 3
	case begins(head, "\xFE\xFF"), begins(head, "\xFF\xFE"):
		all := io.MultiReader(bytes.NewReader(bytes.Clone(head)), x.in)
		x.in = transform.NewReader(all, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
		x.at, x.end, x.eof = 0, 0, false
	}
	return nil
}

// until finds the next byte c at or after from; it is counted from x.at, -1 at the end.
func (x *scanner) until(c byte, from int) (int, error) {
	for {
		if i := bytes.IndexByte(x.buf[x.at+from:x.end], c); i >= 0 {
			return from + i, nil
		}
		from = x.end - x.at
		if more, err := x.fill(); err != nil || !more {
			return -1, err
		}
	}
}

// next goes to the next event.
func (x *scanner) next() error {
	if x.closed {
		x.closed = false
		x.event = ended
		x.depth--
		return nil
	}
	if x.end == 0 && !x.eof {
		if err := x.begin(); err != nil {
			return err
		}
	}
	for {
		if x.at == x.end {
			if more, err := x.fill(); err != nil {
				return err
			} else if !more {
				return x.finish()
			}
			continue
		}
		if x.buf[x.at] != '<' {
			return x.text()
		}
		if is, err := x.markup(); err != nil || is {
			return err
		}
	}
}

func (x *scanner) finish() error {
	if x.depth > 0 {
		return x.bad("it ends too early")
	}
	x.event = done
	return nil
}

// appendText appends the text that the scanner has come to.
func (x *scanner) appendText(b []byte) ([]byte, error) {
	if !x.cdata {
		return appendUnescaped(b, x.raw)
	}
	if !utf8.Valid(x.raw) {
		return b, textError("a text is not UTF-8")
	}
	return append(b, x.raw...), nil
}

func (x *scanner) text() error {
	n, err := x.until('<', 0)
	if err != nil {
		return err
	}
	if n < 0 {
		n = x.end - x.at
	}
	x.event, x.raw, x.cdata = chars, x.buf[x.at:x.at+n], false
	x.at += n
	return nil
}

// markup reads what begins with <. It reports whether it is an event.
func (x *scanner) markup() (is bool, err error) {
	for x.end-x.at < len("<![CDATA[") && !x.eof {
		if _, err := x.fill(); err != nil {
			return false, err
		}
	}
	rest := x.buf[x.at:x.end]
	switch {
	case len(rest) > 1 && rest[1] != '!' && rest[1] != '?':
		return true, x.element()
	case begins(rest, "<![CDATA["):
		n, err := x.over("<![CDATA[", "]]>")
		if err != nil {
			return false, err
		}
		x.event, x.raw, x.cdata = chars, x.buf[x.at+len("<![CDATA["):x.at+n-len("]]>")], true
		x.at += n
		return true, nil
	case begins(rest, "<!--"):
		n, err := x.over("<!--", "-->")
		x.at += n
		return false, err
	case begins(rest, "<?"):
		n, err := x.over("<?", "?>")
		if err != nil {
			return false, err
		}
		err = x.declared(string(x.buf[x.at : x.at+n]))
		x.at += n
		return false, err
	case begins(rest, "<!"):
		return false, x.bad("it has a document type")
	default:
		return true, x.element()
	}
}

// over is the length of what begins with open and ends with shut.
func (x *scanner) over(open, shut string) (int, error) {
	last := shut[len(shut)-1]
	for from := len(open); ; from++ {
		n, err := x.until(last, from)
		if err != nil {
			return 0, err
		}
		if n < 0 {
			return 0, x.bad("it ends too early")
		}
		if n+1 >= len(open)+len(shut) && strings.HasSuffix(string(x.buf[x.at+n+1-len(shut):x.at+n+1]), shut) {
			return n + 1, nil
		}
		from = n
	}
}

// declared looks at the encoding that a declaration names.
func (x *scanner) declared(text string) error {
	if !strings.HasPrefix(text, "<?xml ") {
		return nil
	}
	_, name, ok := strings.Cut(text, "encoding")
	if !ok {
		return nil
	}
	name = strings.ToLower(name)
	if !strings.Contains(name, "utf-8") && !strings.Contains(name, "utf8") && !strings.Contains(name, "utf-16") && !strings.Contains(name, "us-ascii") {
		return x.bad("it is neither UTF-8 nor UTF-16")
	}
	return nil
}

// element reads a tag.
func (x *scanner) element() error {
	n, err := x.tagEnd()
	if err != nil {
		return err
	}
	tag := x.buf[x.at+1 : x.at+n]
	x.at += n + 1
	if len(tag) > 0 && tag[0] == '/' {
		x.event, x.name, x.tag = ended, local(trimRight(tag[1:])), nil
		if x.depth--; x.depth < 0 {
			return x.bad("an element ends that has not begun")
		}
		return nil
	}
	if len(tag) > 0 && tag[len(tag)-1] == '/' {
		x.closed = true
		tag = tag[:len(tag)-1]
	}
	if x.depth++; x.depth > maxDepth {
		return x.bad("its elements are nested too deep")
	}
	name := tag
	x.tag = nil
	for i, c := range tag {
		if isSpace(c) {
			name, x.tag = tag[:i], tag[i:]
			break
		}
	}
	if len(name) == 0 {
		return x.bad("a tag has no name")
	}
	x.event, x.name = begun, local(name)
	return nil
}

// tagEnd finds the > that ends a tag, and is in no value.
func (x *scanner) tagEnd() (int, error) {
	quote := byte(0)
	for i := 1; ; {
		for _, c := range x.buf[x.at+i : x.end] {
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '>':
				return i, nil
			case c == '"' || c == '\'':
				quote = c
			case c == '<':
				return 0, x.bad("a tag has no end")
			}
			i++
		}
		if more, err := x.fill(); err != nil {
			return 0, err
		} else if !more {
			return 0, x.bad("it ends too early")
		}
	}
}

// local is a name without its prefix.
func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

// An attribute of an element.
type attribute struct{ name, value []byte } // value as it stands there

// text is the value without references. One that has no meaning stays as it is.
func (a attribute) text() string {
	b, err := appendUnescaped(nil, a.value)
	if err != nil {
		return strings.ToValidUTF8(string(a.value), "\uFFFD")
	}
	return string(b)
}

// attributes are those of the element that has begun, with their prefixes. What is no attribute ends them.
func (x *scanner) attributes() iter.Seq[attribute] {
	return func(yield func(attribute) bool) {
		rest := x.tag
		for {
			rest = trimLeft(rest)
			equals := bytes.IndexByte(rest, '=')
			if equals < 0 {
				return
			}
			name := trimRight(rest[:equals])
			rest = trimLeft(rest[equals+1:])
			if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
				return
			}
			end := bytes.IndexByte(rest[1:], rest[0])
			if end < 0 || !yield(attribute{name, rest[1 : 1+end]}) {
				return
			}
			rest = rest[end+2:]
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
