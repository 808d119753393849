package google

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// setOptions reads the member options: a tool's options and what may be said of
// every job. Each is called as its header, without x-, its words apart as in
// tabSpace, tab_space or tab-space.
func setOptions(r *intake.Request, spec *tool.Spec, said map[string]json.RawMessage) error {
	common := map[string]*string{"priority": &r.Priority, "run-at": &r.RunAt, "metadata": &r.Metadata}
	asks := map[string]string{} // header fields by the option's name
	for _, header := range intake.AskHeaders() {
		asks[optionName(header)] = http.CanonicalHeaderKey(header)
	}
	options, asked := map[string]string{}, map[string]string{}
	r.Asks = func(field string) string { return asked[field] }
	r.Options = func(header string) string { return options[optionName(header)] }
	seen := map[string]bool{}
	for name, value := range said {
		known := optionName(name)
		if seen[known] {
			return wrongOption(name, "is there twice")
		}
		seen[known] = true
		text, ok := optionText(value)
		target := common[known]
		field, isAsk := asks[known]
		isTools := slices.ContainsFunc(spec.Options, func(o tool.Option) bool { return optionName(o.Header) == known })
		switch {
		case known == "metadata":
			*target = text // any JSON: what is wrong of it is said where it is read
		case !ok && (target != nil || isTools || isAsk || known == "webhook-url"):
			return wrongOption(name, "must be text, a number, true or false")
		case target != nil:
			*target = text
		case isAsk:
			asked[field] = text
		case known == "webhook-url":
			if text != "" {
				r.Webhook = []string{text}
			}
		case isTools:
			options[known] = text
		default:
			return wrongOption(name, "is no option of this tool; there are "+strings.Join(optionNames(spec), ", "))
		}
	}
	return nil
}

// optionNames are the options that a call of a tool may have.
func optionNames(spec *tool.Spec) []string {
	var names []string
	for i := range spec.Options {
		names = append(names, strings.ReplaceAll(optionName(spec.Options[i].Header), "-", "_"))
	}
	names = append(names, "priority", "run_at", "metadata", "webhook_url")
	for _, header := range intake.AskHeaders() {
		names = append(names, strings.ReplaceAll(optionName(header), "-", "_"))
	}
	return names
}

func wrongOption(name, what string) error {
	name = intake.Printable(name)
	return fault.New(fault.Invalid, "INVALID_OPTION", "options.%s %s.", name, what).With("option", name)
}

// optionName is the one form of all names of an option: that of its header
// without x-.
func optionName(name string) string {
	var b strings.Builder
	last := '-'
	for _, c := range name {
		if c == '_' {
			c = '-'
		}
		if unicode.IsUpper(c) && last != '-' {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
		last = c
	}
	return strings.TrimPrefix(b.String(), "x-")
}

// optionText is a value as it stands in a header; null is none. ok is false for
// lists and objects, which are given as their JSON.
func optionText(value json.RawMessage) (text string, ok bool) {
	switch value[0] {
	case '"':
		err := json.Unmarshal(value, &text)
		return text, err == nil
	case '{', '[':
		return string(value), false
	case 'n':
		return "", true
	default:
		return string(value), true
	}
}
