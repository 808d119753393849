package yamlform

import (
	"bytes"
	"io"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
	"claimcheck/internal/data/yamlparse"
)

// Minify writes the YAML of in in flow style, each document on a line, without comments.
// Anchors, aliases and tags stay, and texts of one line as they are written. Errors: INVALID_YAML,
// INVALID_ENCODING, and those of in and out.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error {
	src, err := text.All(in, yamlparse.Format)
	if err != nil {
		return err
	}
	m := &minifier{src: src, lineOut: lineOut{out: out}}
	if err := yamlparse.Parse(src, m.event, nil); err != nil {
		return err
	}
	return m.end()
}

// brackets begin and end collections.
var brackets = [...]byte{yamlparse.MappingStart: '{', yamlparse.MappingEnd: '}', yamlparse.SequenceStart: '[', yamlparse.SequenceEnd: ']'}

type minifier struct {
	lineOut

	src    []byte
	frames []flat
}

// A flat collection is open.
type flat struct {
	object   bool
	entries  int
	explicit bool // the last key has its ?
	bare     bool // a colon cannot stand behind the last key without a space
}

// event takes an event.
func (m *minifier) event(e *yamlparse.Event) error {
	switch e.Kind {
	case yamlparse.DocumentStart:
		m.document(e)
	case yamlparse.DocumentEnd:
	case yamlparse.MappingEnd, yamlparse.SequenceEnd:
		m.space = false
		m.put(0, brackets[e.Kind])
		m.frames = m.frames[:len(m.frames)-1]
	default:
		m.before(e)
		m.node(e)
	}
	return m.err
}

// document begins a line, and writes the directives for tags.
func (m *minifier) document(e *yamlparse.Event) {
	first := !m.begun
	var handles []string
	for line := range strings.Lines(string(m.src[e.Body.Start:e.Body.End])) {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "%TAG" {
			handles = append(handles, strings.Join(words[:3], " "))
		}
	}
	if len(handles) > 0 && !first {
		m.newline(0)
		m.put(0, []byte("...")...)
	}
	for _, h := range handles {
		m.newline(0)
		m.put(0, []byte(h)...)
	}
	if !first || len(handles) > 0 {
		m.newline(0)
		m.put(0, []byte("---")...)
		m.space = true
	}
}

// before writes what stands between a node and the one before it.
func (m *minifier) before(e *yamlparse.Event) {
	if len(m.frames) == 0 {
		return
	}
	f := &m.frames[len(m.frames)-1]
	f.entries++
	if f.object && f.entries%2 == 0 {
		m.space = f.explicit || f.bare
		m.put(0, ':')
		m.space = true
		return
	}
	if f.entries > 1 {
		m.space = false
		m.put(0, ',')
	}
	if !f.object {
		return
	}
	f.explicit = e.Kind == yamlparse.MappingStart || e.Kind == yamlparse.SequenceStart || e.End-e.Start > maxImplicitKey || e.Body.End-e.Body.Start > maxImplicitKey/2
	f.bare = e.Kind == yamlparse.Alias
	if f.explicit {
		m.put(0, '?')
		m.space = true
	}
}

// node writes a node, or the beginning of one.
func (m *minifier) node(e *yamlparse.Event) {
	for _, s := range []yamlparse.Span{e.Anchor, e.Tag} {
		if !s.Empty() {
			m.put(0, m.src[s.Start:s.End]...)
			m.space = true
		}
	}
	switch e.Kind {
	case yamlparse.MappingStart, yamlparse.SequenceStart:
		m.put(0, brackets[e.Kind])
		m.frames = append(m.frames, flat{object: e.Kind == yamlparse.MappingStart})
	case yamlparse.Alias:
		m.put(0, m.src[e.Start:e.End]...)
	default:
		m.put(0)
		m.buf = m.scalar(m.buf, e)
	}
}

// scalar appends a scalar on one line.
func (m *minifier) scalar(to []byte, e *yamlparse.Event) []byte {
	switch s := m.src[e.Start:e.End]; {
	case e.Empty() && (e.Tag.Empty() || e.Resolved == yamlparse.CoreTag+"null"):
		return append(to, "null"...)
	case e.Empty():
		return append(to, `""`...)
	case e.Multi || e.Style == yamlparse.Literal || e.Style == yamlparse.Folded:
		said := e.Text(nil, m.src)
		if e.Style == yamlparse.Plain && bytes.IndexByte(said, '\n') < 0 {
			return m.plain(to, said)
		}
		return appendQuoted(to, said)
	case e.Style == yamlparse.Plain:
		return m.plain(to, s)
	default:
		return portable(to, e, s)
	}
}

// plain appends a plain scalar, in quotes where it cannot be plain in a flow collection.
func (m *minifier) plain(to, s []byte) []byte {
	flat := len(m.frames) > 0
	if flat && (bytes.ContainsAny(s, ",[]{}?") || s[0] == ':') || !flat && likeMarker(s) {
		return appendSingle(to, s)
	}
	return append(to, s...)
}
