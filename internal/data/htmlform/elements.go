package htmlform

// What elements are. Blocks are those that browsers lay out as blocks, parts of tables
// and lists too: white space at their edges is not shown. Hidden ones are not shown at all.
const (
	block      = 1 << iota
	hidden     // with what is in it
	void       // has no content and no end tag (HTML 13.1.2)
	raw        // its content is text, whatever it looks like
	formatting // is opened again in other elements until it is closed (HTML 13.2.4.3)
	special    // ends the search for what an end tag closes (HTML 13.2.4.2)
	scope      // what is outside cannot be closed inside (HTML 13.2.4.2)
	marker     // formatting elements outside are not opened again inside
	closesP    // a paragraph cannot hold it
	heading
	tablePart // means something in tables alone
	inHead
	preformatted
	foreign // of another language: SVG, MathML
)

// An element is what is known of elements of one name.
type element struct {
	name string
	is   int
	id   int // of those that are known, from 1
}

// elements are those that mean something here; all others are as <span>.
var elements = func() map[string]*element {
	all := map[string]*element{}
	for _, kind := range []struct {
		is    int
		names []string
	}{
		{block | special | closesP, []string{
			"address", "article", "aside", "blockquote", "center", "details", "dir", "div", "dl", "dd", "dt", "fieldset", "figcaption", "figure", "footer", "form",
			"header", "hgroup", "li", "main", "menu", "nav", "ol", "p", "search", "section", "summary", "ul",
		}},
		{block | closesP, []string{"dialog"}},
		{block | special | closesP | heading, []string{"h1", "h2", "h3", "h4", "h5", "h6"}},
		{block | special | closesP | void, []string{"hr"}},
		{block | special | closesP | preformatted, []string{"pre", "listing"}},
		{special | closesP | raw, []string{"xmp", "plaintext"}},
		{block | special | scope, []string{"html"}},
		{block | special, []string{"body", "head", "frameset"}},
		{block | special | closesP | scope, []string{"table"}},
		{block | special | tablePart | scope | marker, []string{"td", "th", "caption"}},
		{block | special | tablePart, []string{"tr", "tbody", "thead", "tfoot", "colgroup"}},
		{block | special | tablePart | void, []string{"col"}},
		{block, []string{"option", "optgroup", "legend"}},
		{hidden | special | void | inHead, []string{"meta", "link", "base", "bgsound", "basefont"}},
		{hidden | special | raw | inHead, []string{"script", "style", "title", "noscript", "noframes"}},
		{special | raw, []string{"textarea", "iframe", "noembed"}},
		{special | scope | marker | inHead, []string{"template"}},
		{special | scope | marker, []string{"applet", "marquee", "object"}},
		{special, []string{"select", "button"}},
		{special | void, []string{"area", "br", "embed", "img", "image", "input", "keygen", "param", "source", "track", "wbr", "frame"}},
		{formatting, []string{"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}},
		{foreign, []string{"svg", "math"}},
	} {
		for _, name := range kind.names {
			all[name] = &element{name: name, is: kind.is, id: len(all) + 1}
		}
	}
	return all
}()

// breakouts are elements of HTML that end foreign ones (HTML 13.2.6.5).
var breakouts = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{
		"b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu",
		"meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var", "font", "a",
	} {
		all[name] = true
	}
	delete(all, "a") // of SVG too
	return all
}()

// integration are foreign elements whose content is HTML (HTML 13.2.6), but foreignObject.
var integration = map[string]bool{"title": true, "desc": true, "mi": true, "mo": true, "mn": true, "ms": true, "mtext": true, "annotation-xml": true}

func (e *element) any(is int) bool { return e.is&is != 0 }
