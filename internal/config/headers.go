package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The kinds of a header's value.
const (
	KindText    = "text" // any, as it is sent
	KindInteger = "integer"
	KindBoolean = "boolean"
	KindChoice  = "choice"
)

// A Header is a request header that is passed on to a tool's target.
type Header struct {
	Name     string // lower case
	Summary  string // may be empty
	Kind     string
	Default  string   // sent where the caller sends none; empty: nothing is
	Min, Max int64    // of KindInteger
	Choices  []string // of KindChoice, lower case
}

// Limits of what the file says of a header.
const (
	maxChoices     = 50
	maxChoiceBytes = 64
	maxHeaderValue = 256     // bytes of a default
	maxHeaderInt   = 999_999 // package tool reads no greater one
)

// A headerKey is one row of the table of what a header can say.
type headerKey struct {
	name string
	doc  string
	set  func(h *Header, e entry) error
}

// HeaderKeys lists the keys of a header that is written as a mapping, with one
// sentence each.
func HeaderKeys() [][2]string {
	var list [][2]string
	for _, k := range headerKeys {
		list = append(list, [2]string{k.name, k.doc})
	}
	return list
}

var headerKeys = []headerKey{
	{"name", "Of the request header.", setHeaderName},
	{"summary", "One sentence for callers, at most 200 characters.", func(h *Header, e entry) (err error) { h.Summary, err = e.sentence("a summary"); return err }},
	{"kind", "text (the default), integer, boolean or choice; other values are refused.", setKind},
	{"default", "Sent where the caller sends none.", func(h *Header, e entry) (err error) { h.Default, err = e.single(); return err }},
	{"min", "Of an integer; the default is 0.", func(h *Header, e entry) (err error) { h.Min, err = e.count(0, maxHeaderInt); return err }},
	{"max", "Of an integer; the default is 999999.", func(h *Header, e entry) (err error) { h.Max, err = e.count(0, maxHeaderInt); return err }},
	{"choices", "What a choice can be, in lower case.", setChoices},
}

// setHeaders reads the list of headers, each a name or a mapping.
func setHeaders(t *Tool, e entry, _ lookup) error {
	if e.node.Kind != yaml.SequenceNode {
		return errors.New("a list must stand here")
	}
	if len(e.node.Content) > maxToolHeaders {
		return fmt.Errorf("there can be at most %d members", maxToolHeaders)
	}
	for i, node := range e.node.Content {
		h, err := headerOf(entry{key: fmt.Sprintf("%s[%d]", e.key, i), node: node})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(t.Headers, func(o Header) bool { return o.Name == h.Name }) {
			return fmt.Errorf("%s is there twice", Shown(h.Name))
		}
		t.Headers = append(t.Headers, h)
	}
	return nil
}

func headerOf(e entry) (Header, error) {
	h := Header{Kind: KindText}
	if e.node.Kind == yaml.ScalarNode {
		err := setHeaderName(&h, e)
		return h, err
	}
	members, err := entriesOf("", e.key, e.node)
	if err != nil {
		return h, errors.New("a header must stand here as its name, or as lines of key: value")
	}
	for _, m := range members {
		i := slices.IndexFunc(headerKeys, func(k headerKey) bool { return k.name == m.name })
		if i < 0 {
			return h, fmt.Errorf("unknown key %s", m.key)
		}
		if err := headerKeys[i].set(&h, m); err != nil {
			return h, fmt.Errorf("%s: %w", m.key, err)
		}
	}
	if h.Name == "" {
		return h, fmt.Errorf("%s needs a name", e.key)
	}
	if err := h.check(members); err != nil {
		return h, fmt.Errorf("the header %s %w", h.Name, err)
	}
	return h, nil
}

// check refuses a header whose parts do not go together.
func (h *Header) check(members []entry) error {
	said := func(name string) bool {
		return slices.ContainsFunc(members, func(e entry) bool { return e.name == name })
	}
	integer := h.Kind == KindInteger
	if integer && !said("max") {
		h.Max = maxHeaderInt
	}
	switch {
	case !integer && (said("min") || said("max")):
		return fmt.Errorf("is of kind %s, which has no min and no max", h.Kind)
	case h.Kind != KindChoice && said("choices"):
		return fmt.Errorf("is of kind %s, which has no choices", h.Kind)
	case h.Kind == KindChoice && len(h.Choices) == 0:
		return errors.New("is of kind choice and needs choices")
	case integer && h.Min > h.Max:
		return fmt.Errorf("has a min of %d, which is more than its max of %d", h.Min, h.Max)
	case said("default"):
		return h.checkDefault()
	default:
		return nil
	}
}

// checkDefault refuses a default that a caller could not send.
func (h *Header) checkDefault() error {
	wrong := func(want string) error {
		return fmt.Errorf("has the default %s, which is not %s", Shown(h.Default), want)
	}
	switch h.Kind {
	case KindInteger:
		n, err := parseCount(h.Default)
		if err != nil || n < h.Min || n > h.Max {
			return wrong(fmt.Sprintf("a whole number from %d to %d", h.Min, h.Max))
		}
		h.Default = strconv.FormatInt(n, 10)
	case KindBoolean:
		if h.Default != "true" && h.Default != "false" {
			return wrong("true or false")
		}
	case KindChoice:
		if !slices.Contains(h.Choices, h.Default) {
			return wrong("one of its choices")
		}
	default:
		if !isHeaderValue(h.Default, maxHeaderValue) {
			return wrong(fmt.Sprintf("a header's value of at most %d printable ASCII characters", maxHeaderValue))
		}
	}
	return nil
}

// isHeaderValue reports whether a text arrives as it was sent in a header.
func isHeaderValue(s string, most int) bool {
	return s != "" && len(s) <= most && s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func setHeaderName(h *Header, e entry) error {
	text, err := e.single()
	if err != nil {
		return err
	}
	h.Name = strings.ToLower(text)
	if slices.Contains(withheld, h.Name) || strings.HasPrefix(h.Name, "proxy-") {
		return fmt.Errorf("the header %s is never passed on", Shown(text))
	}
	return checkHeader(text)
}

func setKind(h *Header, e entry) error {
	text, err := e.single()
	if err == nil && !slices.Contains([]string{KindText, KindInteger, KindBoolean, KindChoice}, text) {
		err = fmt.Errorf("%s is none of text, integer, boolean and choice", Shown(text))
	}
	h.Kind = text
	return err
}

func setChoices(h *Header, e entry) (err error) {
	h.Choices, err = e.several(maxChoices, func(s string) error {
		if !isHeaderValue(s, maxChoiceBytes) || s != strings.ToLower(s) {
			return fmt.Errorf("%s is not a choice: 1 to %d printable ASCII characters in lower case", Shown(s), maxChoiceBytes)
		}
		return nil
	})
	return err
}

func checkHeader(s string) error {
	if !headerForm.MatchString(strings.ToLower(s)) {
		return fmt.Errorf("%s is not the name of a header", Shown(s))
	}
	return nil
}
