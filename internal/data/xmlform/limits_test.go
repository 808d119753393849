package xmlform_test

import (
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/fault"
)

// counted are outcomes of cases that may be refused: the same, or refused.
type counted struct{ same, refused int }

// add checks an outcome that may be a refusal because something is too large, and nothing else than want.
func (c *counted) add(t *rapid.T, err error, got, want, of string) {
	switch {
	case fault.IsCode(err, "FILE_TOO_LARGE"):
		c.refused++
	case err != nil || got != want:
		t.Fatalf("%q is %q (%v), want %q", of, got, err, want)
	default:
		c.same++
	}
}

// enough fails unless both outcomes were seen.
func (c *counted) enough(t *testing.T) {
	t.Helper()
	if c.same < 20 || c.refused < 5 {
		t.Errorf("%d were the same and %d refused: the limits do not tell much", c.same, c.refused)
	}
}

// TestHoldingLessIsTheSameOrRefused gives what is held small limits: nothing is ever done differently.
func TestHoldingLessIsTheSameOrRefused(t *testing.T) {
	t.Parallel()
	t.Run("format", func(t *testing.T) {
		t.Parallel()
		var c counted
		rapid.Check(t, func(rt *rapid.T) {
			document := whole.Draw(rt, "document")
			var b strings.Builder
			err := xmlform.FormatWithin(strings.NewReader(document), &b, rapid.IntRange(0, 400).Draw(rt, "limit"))
			c.add(rt, err, b.String(), formatted(t, document, 1), document)
		})
		c.enough(t)
	})
	t.Run("read", func(t *testing.T) {
		t.Parallel()
		var c counted
		rapid.Check(t, func(rt *rapid.T) {
			document := whole.Draw(rt, "document")
			most := rapid.IntRange(0, 2000).Draw(rt, "most")
			var b strings.Builder
			w := jsonform.NewCompactWriter(&b)
			err := xmlform.ReadWithin(strings.NewReader(document), w, most, most*2+200)
			if err == nil {
				err = w.End()
			}
			c.add(rt, err, b.String(), toJSON(t, document), document)
		})
		c.enough(t)
	})
	t.Run("write", func(t *testing.T) {
		t.Parallel()
		var c counted
		rapid.Check(t, func(rt *rapid.T) {
			value := source(anyValue(rt, 4))
			var b strings.Builder
			w := xmlform.NewWriterWithin(&b, rapid.IntRange(0, 400).Draw(rt, "limit"))
			err := jsonform.Read(strings.NewReader(value), nil, w)
			if err == nil {
				err = w.End()
			}
			c.add(rt, err, b.String(), toXML(t, value, data.Options{TabSpace: 1}), value)
		})
		c.enough(t)
	})
}

// TestRowsAreToldAsTheyCome reads documents of rows within little.
func TestRowsAreToldAsTheyCome(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat("<row a='1'><b>2</b><c/><b>3</b></row>\n", 500)
	for document, refused := range map[string]bool{
		"<r>" + rows + "</r>":                                         false,
		"<r><head/>" + rows + "<foot>x</foot></r>":                    false,
		"<r><s>" + rows + "</s></r>":                                  false,
		"<r x='y'><s>" + rows + "</s><s>" + rows + "</s>text</r>":     true,
		"<r x='y'><s/><s>" + rows + "</s><s>" + rows + "</s>text</r>": false,
		"<r><s/><s>" + rows + "</s><t>" + rows + "<u/></t></r>":       false,
		"<r>" + rows + "<foot/>" + rows + "</r>":                      true,
		"<r><head/>" + rows + "<head/></r>":                           true,
		"<r><s>" + rows + "</s><t/><s/></r>":                          true,
		"<r>" + strings.Repeat("<a>1</a><b>2</b>", 1000) + "</r>":     true,
		"<r>" + strings.Repeat("<a/><b/>", 40) + "</r>":               false,
		"<r>" + strings.Repeat("0123456789", 2000) + "<b/></r>":       true,
	} {
		var b strings.Builder
		w := jsonform.NewCompactWriter(&b)
		err := xmlform.ReadWithin(strings.NewReader(document), w, 2000, 8000)
		if err == nil {
			err = w.End()
		}
		switch {
		case refused != fault.IsCode(err, "FILE_TOO_LARGE"):
			t.Errorf("%.60s… ends with %v", document, err)
		case !refused && (err != nil || b.String() != toJSON(t, document)):
			t.Errorf("%.60s… is told as %.200s (%v)", document, b.String(), err)
		}
	}
}

// TestDeepAndWideIsReadInTime reads what took minutes once: what is held moved for each of the elements around it.
func TestDeepAndWideIsReadInTime(t *testing.T) {
	t.Parallel()
	document := strings.Repeat("<a>", 9000) + strings.Repeat("<b/><c/>", 20_000) + strings.Repeat("</a>", 9000)
	w := jsonform.NewCompactWriter(io.Discard)
	if err := xmlform.ReadWithin(strings.NewReader(document), w, 1<<18, 1<<19); !fault.IsCode(err, "FILE_TOO_LARGE") {
		t.Errorf("it ends with %v", err)
	}
}
