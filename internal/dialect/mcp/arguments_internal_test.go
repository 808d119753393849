package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claimcheck/internal/tool"
)

// A spec with every kind of option.
func textTool() *tool.Spec {
	return &tool.Spec{
		Name: "text-tool", Summary: "Does something.", Extensions: []string{"txt", "log"},
		Options: []tool.Option{
			{Header: "x-tab-space", Kind: tool.Int, Default: "2", Min: 1, Max: 16, Summary: "Spaces."},
			{Header: "x-sort", Kind: tool.Bool, Default: "yes", Summary: "Sorted."},
			{Header: "x-order", Kind: tool.Choice, Choices: []string{"first", "last"}, Default: "first"},
			{Header: "x-root", Kind: tool.Text, Default: "root"},
			{Header: "accept-language", Kind: tool.Passed},
			{Header: "x-url", Kind: tool.Text},
		},
	}
}

func TestWhatIsRequiredStandsInTheSchema(t *testing.T) {
	s := textTool()
	if r, ok := inputSchema(s)["required"]; ok {
		t.Errorf("%v is required", r)
	}
	s.Options[2].Required, s.Options[4].Required = true, true
	if got := fmt.Sprint(inputSchema(s)["required"]); got != "[order accept_language]" {
		t.Errorf("%s is required", got)
	}
}

func jsonTool() *tool.Spec { return &tool.Spec{Name: "json-tool", JSONInput: true} }

// bookTool takes what is no text.
func bookTool() *tool.Spec {
	return &tool.Spec{Name: "book-tool", InputTypes: []string{"application/vnd.ms-excel"}}
}

func TestArgumentsAreCheckedStrictly(t *testing.T) {
	schemaTool := &tool.Spec{Name: "s", InputSchema: json.RawMessage(`{"type":"object"}`)}
	listTool := &tool.Spec{Name: "l", InputSchema: json.RawMessage(`{"type":"array"}`)}
	for name, c := range map[string]struct {
		spec    *tool.Spec
		args    string // none where empty
		source  string // empty: refused
		content string // or address
		options string // name=value pairs
		says    string // of a refusal
	}{
		"text":                 {textTool(), `{"content":"a\nb"}`, "content", "a\nb", "", ""},
		"a url":                {textTool(), `{"url":"https://x.test/a.txt"}`, "url", "https://x.test/a.txt", "", ""},
		"a file":               {textTool(), `{"file":"ann/upl_1/a.txt"}`, "file", "ann/upl_1/a.txt", "", ""},
		"any JSON":             {jsonTool(), `{"content":{"a": 1e400}}`, "content", `{"a": 1e400}`, "", ""},
		"JSON that is text":    {jsonTool(), `{"content":"{\"a\":1}"}`, "content", `"{\"a\":1}"`, "", ""},
		"JSON that is null":    {jsonTool(), `{"content":null}`, "content", `null`, "", ""},
		"JSON that is false":   {jsonTool(), `{"content":false}`, "content", `false`, "", ""},
		"options":              {textTool(), `{"content":"a","tab_space":4,"sort":false,"order":"last","root":"é","accept_language":"de","x_url":"u"}`, "content", "a", "accept-language=de x-order=last x-root=é x-sort=false x-tab-space=4 x-url=u", ""},
		"a whole number":       {textTool(), `{"content":"a","tab_space":4.0}`, "content", "a", "x-tab-space=4", ""},
		"out of range":         {textTool(), `{"content":"a","tab_space":-99999}`, "content", "a", "x-tab-space=-99999", ""}, // the intake says it
		"with a schema":        {schemaTool, `{"b": 1,"content":2}`, "content", `{"b": 1,"content":2}`, "", ""},
		"with a schema, none":  {schemaTool, ``, "content", `{}`, "", ""},
		"with a schema, list":  {schemaTool, `[1]`, "", "", "", "arguments must be an object"},
		"a schema of lists":    {listTool, `{"content":[1, 2]}`, "content", `[1, 2]`, "", ""},
		"no text, by url":      {bookTool(), `{"url":"https://x.test/a.xls"}`, "url", "https://x.test/a.xls", "", ""},
		"no text as content":   {bookTool(), `{"content":"a"}`, "", "", "", `no argument "content"; there are url, file`},
		"no text, none":        {bookTool(), `{}`, "", "", "", "one of url and file"},
		"none":                 {textTool(), ``, "", "", "", "one of content, url and file"},
		"empty":                {textTool(), `{}`, "", "", "", "one of content, url and file"},
		"null":                 {textTool(), `null`, "", "", "", "must be an object"},
		"a list":               {textTool(), `["a"]`, "", "", "", "must be an object"},
		"two":                  {textTool(), `{"url":"https://x.test/a.txt","content":"a"}`, "", "", "", "only one of content, url and file; there are content and url"},
		"unknown":              {textTool(), `{"content":"a","tabspace":4}`, "", "", "", `no argument "tabspace"; there are content, url, file, tab_space`},
		"unknown, hostile":     {textTool(), `{"content":"a","\n\u001b[31m":4}`, "", "", "", `no argument "[31m"`},
		"a header's name":      {textTool(), `{"content":"a","x-tab-space":4}`, "", "", "", "no argument"},
		"text that is a list":  {textTool(), `{"content":["a"]}`, "", "", "", "content must be a string"},
		"text that is null":    {textTool(), `{"content":null}`, "", "", "", "content must be a string"},
		"empty text":           {textTool(), `{"content":""}`, "", "", "", "content is empty"},
		"a url that is none":   {jsonTool(), `{"url":1}`, "", "", "", "url must be a string"},
		"an empty file":        {jsonTool(), `{"file":""}`, "", "", "", "file is empty"},
		"a number as text":     {textTool(), `{"content":"a","tab_space":"4"}`, "", "", "", "tab_space must be a whole number"},
		"a fraction":           {textTool(), `{"content":"a","tab_space":4.5}`, "", "", "", "tab_space must be a whole number"},
		"a number that is not": {textTool(), `{"content":"a","tab_space":1e999}`, "", "", "", "tab_space must be a whole number"},
		"an option null":       {textTool(), `{"content":"a","tab_space":null}`, "", "", "", "tab_space must be a whole number"},
		"true as text":         {textTool(), `{"content":"a","sort":"true"}`, "", "", "", "sort must be true or false"},
		"true as a number":     {textTool(), `{"content":"a","sort":1}`, "", "", "", "sort must be true or false"},
		"a choice as number":   {textTool(), `{"content":"a","order":1}`, "", "", "", "order must be a string"},
		"a line break":         {textTool(), `{"content":"a","accept_language":"de\r\nx-evil: 1"}`, "", "", "", "accept_language must be a string without line breaks"},
	} {
		var raw json.RawMessage
		if c.args != "" {
			raw = json.RawMessage(c.args)
		}
		a, p := argumentsOf(c.spec, raw)
		if p != nil {
			if c.source != "" || !strings.Contains(p.Message, c.says) || p.Code != invalidParams {
				t.Errorf("%s: %+v, want it to say %q", name, p, c.says)
			}
			continue
		}
		var options []string
		for k, v := range a.options {
			options = append(options, k+"="+v)
		}
		slices.Sort(options)
		if a.source != c.source || string(a.content)+a.text != c.content || strings.Join(options, " ") != c.options {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestContentIsSentAsWhatTheToolTakes(t *testing.T) {
	for want, s := range map[string]*tool.Spec{
		"application/json":          {JSONInput: true},
		"text/csv":                  {RawInput: true, InputTypes: []string{"text/csv", "image/png"}},
		"text/plain; charset=utf-8": {RawInput: true, InputTypes: []string{"image/png"}},
	} {
		if got := inputType(s); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
}

// compiled is a schema as clients' validators have it.
func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:test")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, text string) bool {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v) == nil
}

// TestSchemasTellWhatIsChecked: what a schema takes is taken, but for the rule of
// one source, and what it does not is refused here or by the intake.
func TestSchemasTellWhatIsChecked(t *testing.T) {
	s := textTool()
	sc := compiled(t, describe(s).Input)
	for args, want := range map[string]bool{
		`{"content":"a"}`: true, `{"url":"https://x.test/a.txt","tab_space":16,"sort":true,"order":"last"}`: true, `{"file":"k","root":"x"}`: true, `{"content":"a","tab_space":4.0}`: true,
		`{}`: false, `{"content":1}`: false, `{"content":""}`: false, `{"url":null}`: false, `{"content":"a","tab_space":0}`: false, `{"content":"a","tab_space":1.5}`: false,
		`{"content":"a","order":"middle"}`: false, `{"content":"a","sort":"yes"}`: false, `{"content":"a","more":1}`: false,
	} {
		if got := valid(t, sc, args); got != want {
			t.Errorf("%s: %t", args, got)
		}
		a, p := argumentsOf(s, json.RawMessage(args))
		if p == nil {
			_, err := s.ParseOptions(func(h string) string { return a.options[h] })
			if (err == nil) != want {
				t.Errorf("%s: taken %v", args, err)
			}
		} else if want {
			t.Errorf("%s: %v", args, p)
		}
	}
	for _, word := range []string{`"oneOf"`, `"anyOf"`, `"allOf"`} { // refused at the top by services that models run at
		if bytes.Contains(describe(s).Input, []byte(word)) {
			t.Errorf("the schema has %s", word)
		}
	}
	var shown struct {
		Properties map[string]map[string]any
	}
	if err := json.Unmarshal(describe(s).Input, &shown); err != nil {
		t.Fatal(err)
	}
	p := shown.Properties
	if p["tab_space"]["default"] != 2.0 || p["sort"]["default"] != true || p["order"]["default"] != "first" || p["root"]["maxLength"] != 64.0 || p["accept_language"]["maxLength"] != 256.0 || p["tab_space"]["description"] != "Spaces." {
		t.Errorf("%v", p)
	}
}

func TestSchemasOfOperatorsAreToldAsTheyAre(t *testing.T) {
	for given, want := range map[string]string{
		`{"type":"object","x":1,"a":2}`: `{"type":"object","x":1,"a":2}`,
		`{"minProperties":1}`:           `{"minProperties":1,"type":"object"}`,
		`{"type":["array","object"]}`:   `{"type":"object"}`,
		`{"type":"array"}`:              ``,
		`{"type":["string","null"]}`:    ``,
	} {
		if got := ownInput(&tool.Spec{InputSchema: json.RawMessage(given)}); string(got) != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
	list := &tool.Spec{Name: "l", InputSchema: json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"array","items":{"$ref":"#/$defs/n"},"$defs":{"n":{"type":"integer"}}}`)}
	sc := compiled(t, describe(list).Input)
	if !valid(t, sc, `{"content":[1]}`) || valid(t, sc, `{"content":["a"]}`) || valid(t, sc, `[1]`) {
		t.Errorf("%s", describe(list).Input)
	}
}

// TestEveryAnswerFitsTheOutputSchema: clients refuse answers that do not.
func TestEveryAnswerFitsTheOutputSchema(t *testing.T) {
	s := &tool.Spec{Name: "o", OutputSchema: json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"required":["n"],"$defs":{"n":{"type":"integer"}}}`)}
	sc := compiled(t, outputSchema(s))
	for answer, want := range map[string]bool{
		`{"n":1}`: true, `{"job_id":"x","status":"queued"}`: true, `{"error":{"code":"X","message":"y"}}`: true, `{"value":{"n":1}}`: true,
		`{"n":"1"}`: false, `{}`: false, `{"error":1}`: false, `[1]`: false, `{"value":1}`: false,
	} {
		if got := valid(t, sc, answer); got != want {
			t.Errorf("%s: %t", answer, got)
		}
	}
	numbers := &tool.Spec{Name: "o", OutputSchema: json.RawMessage(`{"type":"array","items":{"type":"number"}}`)}
	if sc := compiled(t, outputSchema(numbers)); !valid(t, sc, `{"value":[1]}`) || valid(t, sc, `{"value":["a"]}`) {
		t.Errorf("%s", outputSchema(numbers))
	}
}

// TestToolsForJobsHaveSchemas: the first tool of all is called with nothing.
func TestToolsForJobsHaveSchemas(t *testing.T) {
	for i, own := range jobTools() {
		sc := compiled(t, own.listed().Input)
		if i == 0 && !valid(t, sc, `{}`) {
			t.Errorf("%s needs arguments", own.name)
		}
		if valid(t, sc, `{"more":1}`) {
			t.Errorf("%s takes anything", own.name)
		}
		if len(own.required) > 0 && (valid(t, sc, `{}`) || !valid(t, sc, `{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274"}`)) {
			t.Errorf("%s", own.listed().Input)
		}
	}
}

func TestNamesForModels(t *testing.T) {
	for name, want := range map[string]string{"json-formatter": "json_formatter", "x": "x", "a--b": "a__b", "job-status": "job-status"} {
		if got := published(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// FuzzArguments: whatever arguments come, they are taken or refused in a sentence,
// and what is taken of an option could be a header's.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{`{"content":"a","tab_space":4}`, `{"url":"https://x.test/a.txt","root":"é"}`, `{"file":"\u0000"}`, `[]`, `{"x":1e999}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) { // what is none was refused before
			return
		}
		for _, s := range []*tool.Spec{textTool(), jsonTool()} {
			a, p := argumentsOf(s, raw)
			if p != nil {
				if p.Message == "" || strings.ContainsAny(p.Message, "\x00\r\n\x1b") {
					t.Errorf("%q is refused with %q", raw, p.Message)
				}
				continue
			}
			if a.source == "" || len(a.content) == 0 && a.text == "" {
				t.Errorf("%q is taken as %+v", raw, a)
			}
			for header, value := range a.options {
				if strings.ContainsAny(value, "\x00\r\n") {
					t.Errorf("%q gives %s the value %q", raw, header, value)
				}
			}
		}
	})
}
