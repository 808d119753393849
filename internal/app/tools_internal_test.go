package app

import (
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
)

func TestNoToolHasANameWhosePathIsTaken(t *testing.T) {
	for _, name := range []string{"status", "upload"} {
		_, _, err := offered([]config.Tool{{Name: name, Mode: config.ModePull}}, nil, nil, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "the path /"+name+"-api is taken") {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, hidden, err := offered(nil, nil, nil, nil, nil)
	if err != nil || len(all) == 0 || len(hidden) > 0 {
		t.Errorf("%d built-in tools, hidden %v, %v", len(all), hidden, err)
	}
}

// TestBuiltInToolsSayAllOfThemselves: what callers and forms are made of is there,
// and true as far as the description itself can show.
func TestBuiltInToolsSayAllOfThemselves(t *testing.T) {
	for _, built := range builtIn() {
		s := built.Spec()
		onlyJSON := !slices.ContainsFunc(s.InputTypes, func(kind string) bool { return !media.IsJSON(kind) })
		if s.Summary == "" || s.Mode != tool.BuiltIn || len(s.Extensions) == 0 || len(s.InputTypes) == 0 || s.JSONInput != onlyJSON || s.Text != media.IsText(s.ContentType) {
			t.Errorf("%s says %+v", s.Name, s)
		}
		if kind := media.TypeOfExtension(s.OutputExt); !s.AnyOutput && kind != strings.TrimSuffix(s.ContentType, "; charset=utf-8") {
			t.Errorf("%s makes a .%s of type %s", s.Name, s.OutputExt, s.ContentType)
		}
		for _, o := range s.Options {
			if o.Summary == "" || o.Header != strings.ToLower(o.Header) {
				t.Errorf("%s says of an option %+v", s.Name, o)
			}
			sent := func(header string) string {
				for _, other := range s.Options {
					if header == other.Header && other.Required {
						return other.Choices[0]
					}
				}
				return map[string]string{o.Header: o.Default}[header]
			}
			if parsed, err := s.ParseOptions(sent); err != nil || !o.Required && parsed[o.Header] != o.Default {
				t.Errorf("%s: a caller that sends the default of %s gets %q, %v", s.Name, o.Header, parsed[o.Header], err)
			}
		}
	}
}

// TestDialectsStandApart keeps two dialects from one name or one prefix.
func TestDialectsStandApart(t *testing.T) {
	names, prefixes := map[string]bool{"": true}, map[string]bool{"": true}
	for _, m := range dialects(spoken{}) {
		if names[m.Name] || prefixes[m.Prefix] || (httpapi.Config{Routes: routes(parts{})}).Takes(m.Prefix) || !strings.HasPrefix(m.Prefix, "/") || strings.HasSuffix(m.Prefix, "/") {
			t.Errorf("dialect %q at %q", m.Name, m.Prefix)
		}
		names[m.Name], prefixes[m.Prefix] = true, true
	}
}
