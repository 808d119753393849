package yamlparse

import (
	"net/url"
	"strings"
)

// directives goes over the directives before a document, if it may have any. It returns
// where they stand.
func (p *parser) directives(may bool) (all Span, err error) {
	all = Span{p.pos, p.pos}
	version := false
	for n := 0; may && p.at(p.pos) == '%' && p.pos == p.bol; n++ {
		start := p.pos
		if n == maxDirectives {
			return all, p.bad(start, "A document has no more than %d directives.", maxDirectives)
		}
		for !LineEnd(p.at(p.pos)) && (p.at(p.pos) != '#' || !Space(p.src[p.pos-1])) {
			p.pos++
		}
		all.End = start + len(strings.TrimRight(string(p.src[start:p.pos]), " \t"))
		words := strings.Fields(string(p.src[start:all.End]))
		switch words[0] {
		case "%YAML":
			if version {
				return all, p.bad(start, "A document has one %%YAML directive.")
			}
			version = true
			if err := p.version(words, start); err != nil {
				return all, err
			}
		case "%TAG":
			if err := p.handle(words, start); err != nil {
				return all, err
			}
		}
		if err := p.gap(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// version checks the words of a %YAML directive.
func (p *parser) version(words []string, at int) error {
	if len(words) == 2 {
		major, minor, ok := strings.Cut(words[1], ".")
		if ok && major == "1" && digits(minor) {
			return nil
		}
		if ok && digits(major) && digits(minor) {
			return p.bad(at, "Expected YAML 1.1 or 1.2.")
		}
	}
	return p.bad(at, "Expected %%YAML and a version, for instance 1.2.")
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// handle takes the words of a %TAG directive.
func (p *parser) handle(words []string, at int) error {
	if len(words) != 3 || !isHandle(words[1]) {
		return p.bad(at, "Expected %%TAG, a handle and a prefix.")
	}
	if _, double := p.handles[words[1]]; double {
		return p.bad(at, "The handle %s has a prefix already.", words[1])
	}
	p.handles[words[1]] = words[2]
	return nil
}

func isHandle(s string) bool {
	return s == "!" || s == "!!" || len(s) > 2 && s[0] == '!' && s[len(s)-1] == '!' && wordChars(s[1:len(s)-1])
}

// wordChars reports whether all of s are ns-word-char of YAML 1.2.
func wordChars(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// CoreTag is the prefix of the tags of YAML's core schema.
const CoreTag = "tag:yaml.org,2002:"

// resolveTag makes the whole tag of one as written, with its !.
func (p *parser) resolveTag(s Span) (string, error) {
	text := string(p.src[s.Start:s.End])
	if verbatim, ok := strings.CutPrefix(text, "!<"); ok {
		return strings.TrimSuffix(verbatim, ">"), nil
	}
	handle, suffix := "!", text[1:]
	if i := strings.IndexByte(suffix, '!'); i >= 0 {
		handle, suffix = text[:i+2], suffix[i+1:]
	}
	if decoded, err := url.PathUnescape(suffix); err == nil {
		suffix = decoded
	}
	if prefix, ok := p.handles[handle]; ok {
		return prefix + suffix, nil
	}
	switch handle {
	case "!":
		return text, nil
	case "!!":
		return CoreTag + suffix, nil
	}
	return "", p.bad(s.Start, "The handle %s of a tag has no %%TAG directive in this document.", handle)
}
