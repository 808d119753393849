package jsonform

import (
	"slices"

	"claimcheck/internal/data"
)

// A header is the names of objects that come one after the other, as they stand before their values.
type header struct {
	names [][]byte
	texts [][]byte
}

// PutObject writes an object of scalars, as its tokens would be written.
func (w *writer) PutObject(names [][]byte, values []data.Token) (err error) {
	if len(names) == 0 || !sameNames(names, w.header.names) {
		if err := w.learn(names); err != nil {
			return err
		}
	}
	if err := w.Put(data.Token{Kind: data.BeginObject}); err != nil {
		return err
	}
	for i := range values {
		if w.o, err = w.room(w.o); err != nil {
			return err
		}
		if i > 0 {
			w.out[w.o] = ','
			w.o++
		}
		if w.o, err = w.line(w.o); err != nil {
			return err
		}
		if err := w.raw(w.header.texts[i]); err != nil {
			return err
		}
		if err := w.value(&values[i]); err != nil {
			return err
		}
	}
	w.n = len(values)
	return w.Put(data.Token{Kind: data.EndObject})
}

// sameNames reports whether names are those that were there before, by where they are: nobody changes a header.
func sameNames(a, b [][]byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// learn makes a header.
func (w *writer) learn(names [][]byte) error {
	w.header = header{names: names, texts: make([][]byte, 0, len(names))}
	v := writer{output: output{kept: true, colons: w.colons}}
	v.grow(fullBytes + slackBytes + inputBytes)
	for _, n := range names {
		v.o = 0
		if err := v.text(n); err != nil {
			return err
		}
		w.header.texts = append(w.header.texts, slices.Clone(v.out[:v.colon(v.o)]))
	}
	return nil
}

// value writes a scalar.
func (w *writer) value(t *data.Token) (err error) {
	switch t.Kind {
	case data.String:
		if w.simple(t.Text) {
			return nil
		}
		if w.o, err = w.room(w.o); err != nil {
			return err
		}
		return w.text(t.Text)
	case data.Null:
		if w.o, err = w.room(w.o); err != nil {
			return err
		}
		w.o += copy(w.out[w.o:], "null")
		return nil
	default: // Bool and Number
		return w.raw(t.Text)
	}
}

// simple writes a short string of ASCII that needs no escapes, and nothing if it is another.
func (w *writer) simple(s []byte) bool {
	if len(s) > slackBytes/4 || w.o > w.full {
		return false
	}
	out := w.out[w.o : w.o+len(s)+2]
	out[0] = '"'
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := load(s, i)
		if stops(x) != 0 {
			return false
		}
		store(out, i+1, x)
	}
	for ; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return false
		}
		out[i+1] = c
	}
	out[i+1] = '"'
	w.o += i + 2
	return true
}
