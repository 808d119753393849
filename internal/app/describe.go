package app

import (
	"fmt"

	"claimcheck/api"
	"claimcheck/internal/tool"
)

// describe makes the OpenAPI document of the tools that this server offers.
func describe(set *tool.Set, url, version string) ([]byte, error) {
	var docs []api.ToolDoc
	for _, name := range set.Names() {
		t, _ := set.Get(name)
		docs = append(docs, toolDoc(t.Spec()))
	}
	doc, err := api.OpenAPI(url, version, docs)
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return doc, nil
}

func toolDoc(s tool.Spec) api.ToolDoc {
	contentType := s.ContentType
	if s.AnyOutput {
		contentType = "whatever the tool answers"
	}
	d := api.ToolDoc{Path: "/" + s.Name + "-api", Summary: s.Summary, Extensions: s.Extensions, ContentType: contentType, OwnJSON: s.AnyOutput}
	for _, o := range s.Options {
		d.Options = append(d.Options, optionDoc(o))
	}
	return d
}

var optionTypes = map[tool.Kind]string{tool.Int: "integer", tool.Bool: "boolean", tool.Choice: "string", tool.Text: "string", tool.Passed: "string"}

func optionDoc(o tool.Option) api.OptionDoc {
	return api.OptionDoc{
		Header: o.Header, Type: optionTypes[o.Kind], Default: o.Default, Minimum: o.Min, Maximum: o.Max, Enum: o.Choices, Summary: o.Summary,
	}
}
