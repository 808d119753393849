package yamlform

import (
	"bytes"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
	"claimcheck/internal/data/yamlparse"
)

// MaxBytes is how long an input can be: it is kept in memory.
const MaxBytes = 64 << 20

// Read tells a sink the value of in: a document's, or an array of all where there are several;
// null where there is none. docs/CONVERSIONS.md says what becomes of what YAML has and JSON has not. Errors: INVALID_YAML,
// INVALID_ENCODING, FILE_TOO_LARGE where aliases make more than [maxTokens] and [maxText], and those of in and to.
func Read(in io.Reader, _ *data.Options, to data.Sink) error {
	src, err := text.All(in, yamlparse.Format)
	if err != nil {
		return err
	}
	v := &valuer{src: src, to: to}
	n, err := documents(src)
	if err != nil {
		return err
	}
	if n == 0 {
		return to.Put(data.Token{Kind: data.Null})
	}
	if n != 1 {
		if err := to.Put(data.Token{Kind: data.BeginArray}); err != nil {
			return err
		}
	}
	if err := yamlparse.Parse(src, v.event, nil); err != nil {
		return err
	}
	if n != 1 {
		return to.Put(data.Token{Kind: data.EndArray})
	}
	return nil
}

// documents counts the documents of a source, exactly only where there may be more or
// fewer than one.
func documents(src []byte) (n int, err error) {
	one := bytes.TrimLeft(src, " \t\r\n")
	if len(one) > 0 && one[0] != '#' && one[0] != '%' && one[0] != '.' && !bytes.HasPrefix(one, []byte("\uFEFF")) &&
		!bytes.Contains(one, []byte("\n---")) && !bytes.Contains(one, []byte("\n...")) && bytes.IndexByte(one, '\r') < 0 {
		return 1, nil
	}
	err = yamlparse.Parse(src, func(e *yamlparse.Event) error {
		if e.Kind == yamlparse.DocumentStart {
			n++
		}
		return nil
	}, nil)
	return n, err
}

// check reads a source as Read does and tells nobody: it refuses equal keys and tags
// that do not fit. Keys that are no scalars are allowed, and aliases are not followed.
func check(src []byte, to func(e *yamlparse.Event) error, comment func(yamlparse.Span) error) error {
	v := &valuer{src: src, checks: true}
	return yamlparse.Parse(src, func(e *yamlparse.Event) error {
		if err := v.event(e); err != nil {
			return err
		}
		return to(e)
	}, comment)
}
