package httptool

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"claimcheck/internal/media"
)

// Limits of a sentence that is made of an answer, in characters.
const (
	maxLine  = 300
	maxField = 100
)

// words are what an error body says.
type words struct {
	code, message string
	details       []byte
}

// wordsOf reads the usual forms of an error: in JSON {"error":"CODE",
// "details":{"message"}}, {"error":{"code","message"}}, {"code","message"},
// {"error":"a sentence"}, {"error","error_description"}, RFC 9457, a string, and
// lists of what is wrong, of which the first is told; in plain text the first
// line. There may be no message in it.
func wordsOf(contentType string, body []byte) words {
	var top object
	if json.Unmarshal(body, &top) == nil && top != nil {
		return top.words(body)
	}
	var text string
	if json.Unmarshal(body, &text) != nil && utf8.Valid(body) && media.IsPlain(contentType) {
		text = string(body)
	}
	if text = firstLine(text); strings.HasPrefix(text, "<") { // a page that is called plain
		return words{}
	}
	return words{message: text}
}

// words reads an object, whose text is whole.
func (o object) words(whole []byte) (w words) {
	w.code, w.message = o.text("code"), o.text("message", "error_description", "detail")
	w.details = o["details"]
	sentence := o.text("error")
	if w.code == "" && !strings.ContainsAny(sentence, " \t\n") {
		w.code, sentence = sentence, ""
	}
	if inner := o.object("error"); inner != nil {
		w.code, w.message = inner.text("code", "type", "status"), inner.text("message", "detail")
		if inner["details"] != nil {
			w.details = inner["details"]
		}
	}
	if inner := o.object("detail"); inner != nil {
		w.code, w.message = cmp.Or(w.code, inner.text("code")), cmp.Or(w.message, inner.text("message", "msg"))
	}
	w.message = cmp.Or(w.message, object{"": w.details}.object("").text("message"))
	w.complain(listed(o["detail"]))
	w.complain(complaints(o["errors"]))
	w.complain(listed(o["message"]))
	w.message = cmp.Or(w.message, o.text("title"), sentence)
	if w.message == "" && w.code == "" {
		w.complain(listed(whole)) // {"name":["This field is required."]}
	}
	return w
}

// complain tells the first complaint, and how many there are, if there is no
// message yet.
func (w *words) complain(list []complaint) {
	if w.message != "" || len(list) == 0 {
		return
	}
	c := list[0]
	w.message = c.text
	if c.field != "" {
		w.message = c.field + ": " + c.text
	}
	if more := len(list) - 1; more > 0 {
		w.message += fmt.Sprintf(" (and %d more)", more)
	}
	if w.code == "" {
		w.code = c.code
	}
}

// A complaint is one thing that is wrong with an input.
type complaint struct {
	field, text, code string // field: what it is about
	listed            bool   // it stands in a list
}

// complaints reads a list of what is wrong: of sentences or of objects with a
// sentence and a field, or an object of these by field.
func complaints(raw json.RawMessage) (all []complaint) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, item := range list {
			if c := complaintOf(item); c.text != "" {
				c.listed = true
				all = append(all, c)
			}
		}
		return all
	}
	d := json.NewDecoder(bytes.NewReader(raw)) // keeps the order of members
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil
		}
		var found []complaint
		if bytes.HasPrefix(value, []byte("[")) {
			found = complaints(value)
		} else if c := complaintOf(value); c.text != "" {
			found = []complaint{c}
		}
		for _, c := range found {
			if c.field == "" {
				c.field = fieldOf(fmt.Sprint(name))
			}
			all = append(all, c)
		}
	}
	return all
}

// listed are the complaints that stand in lists: a string beside them may be
// anything.
func listed(raw json.RawMessage) []complaint {
	return slices.DeleteFunc(complaints(raw), func(c complaint) bool { return !c.listed })
}

// complaintOf reads one; without a text it is none.
func complaintOf(raw json.RawMessage) (c complaint) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return complaint{text: firstLine(text)}
	}
	var o object
	if json.Unmarshal(raw, &o) != nil {
		return complaint{}
	}
	c.text = firstLine(o.text("msg", "message", "detail", "title"))
	c.code = o.text("code")
	c.field = fieldOf(o.object("source").text("pointer", "parameter")) // JSON:API
	for _, name := range []string{"loc", "path", "pointer", "field", "instancePath"} {
		var steps []any
		if c.field == "" && json.Unmarshal(o[name], &steps) == nil {
			names := make([]string, 0, len(steps))
			for _, step := range steps {
				names = append(names, fmt.Sprint(step))
			}
			c.field = fieldOf(strings.Join(names, "."))
		}
		if c.field == "" {
			c.field = fieldOf(o.text(name))
		}
	}
	return c
}

// fieldOf names the part of the input that a complaint is about, if the name is short.
func fieldOf(s string) string {
	if s = firstLine(s); utf8.RuneCountInString(s) > maxField {
		return ""
	}
	return s
}

// firstLine is the first line with something in it, cut to maxLine.
func firstLine(text string) string {
	text = strings.TrimSpace(text)
	if at := strings.IndexAny(text, "\n\r\v\f\u0085\u2028\u2029"); at >= 0 {
		text = strings.TrimSpace(text[:at])
	}
	if utf8.RuneCountInString(text) > maxLine {
		const cut = "..."
		text = string([]rune(text)[:maxLine-len(cut)]) + cut
	}
	return text
}

// An object is a JSON object whose members are not read yet.
type object map[string]json.RawMessage

// object returns a member that is an object, else nil.
func (o object) object(name string) (inner object) {
	if json.Unmarshal(o[name], &inner) != nil {
		return nil
	}
	return inner
}

// text returns the first of the members that is a string with something in it.
func (o object) text(names ...string) string {
	for _, name := range names {
		var s string
		if json.Unmarshal(o[name], &s) == nil && s != "" {
			return s
		}
	}
	return ""
}
