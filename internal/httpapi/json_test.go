package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/httpapi"
)

func TestABodyThatIsNotWhatIsDescribedHasItsSentence(t *testing.T) {
	type body struct {
		Name  string            `json:"name"`
		Count *int64            `json:"count"`
		Whole bool              `json:"whole"`
		Tools []string          `json:"tools"`
		Notes map[string]string `json:"notes"`
	}
	f := newFixture(t, options{routes: []httpapi.Route{{Method: "POST", Path: "/read", Handler: func(c *httpapi.Call) error {
		var b body
		if err := c.ReadJSON(&b, 100); err != nil {
			return err
		}
		return c.AnswerJSON(http.StatusOK, b)
	}}}})
	for _, c := range []struct{ body, says, member string }{
		{`{"nam":"x"}`, `The body has a member "nam", which is not described.`, "nam"},
		{`{"a\u0000é very long name that goes on":1}`, `The body has a member "a very long name tha", which is not described.`, "a very long name tha"},
		{`{"name":1}`, "name must be text.", "name"},
		{`{"count":"1"}`, "count must be a whole number.", "count"},
		{`{"count":1.5}`, "count must be a whole number.", "count"},
		{`{"count":9223372036854775808}`, "count must be a whole number.", "count"},
		{`{"whole":"yes"}`, "whole must be true or false.", "whole"},
		{`{"tools":"a"}`, "tools must be a list.", "tools"},
		{`{"notes":[]}`, "notes must be an object.", "notes"},
		{`{"notes":{"a":1}}`, "notes must be text.", "notes"},
		{`[]`, "The body must be a JSON object.", ""},
		{`"x"`, "The body must be a JSON object.", ""},
		{`null`, "The body must be a JSON object.", ""},
		{`{"whole":true,"whole":false}`, "The body must be in UTF-8, with no member twice.", ""},
		{`{"whole":true,"Whole":false}`, "The body must be in UTF-8, with no member twice.", ""},
		{`{"WHOLE":true,"name":"x","whole":true}`, "The body must be in UTF-8, with no member twice.", ""},
		{"{\"tool\u017f\":[],\"tools\":[\"x\"]}", "The body must be in UTF-8, with no member twice.", ""}, // a long s is an s
		{`{"notes":{"a":"1","a":"2"}}`, "The body must be in UTF-8, with no member twice.", ""},
		{"{\"name\":\"\xff\"}", "The body must be in UTF-8, with no member twice.", ""},
		{`{}{}`, "The body has more than one JSON object.", ""},
		{`{} x`, "The body has more than one JSON object.", ""},
		{`{"name":`, "The body is not the JSON object that is described.", ""},
		{`name`, "The body is not the JSON object that is described.", ""},
		{"", "The body is not the JSON object that is described.", ""},
	} {
		a := f.do("POST", "/read", c.body)
		f.wantError(a, 400, "INVALID_REQUEST", c.says)
		if details, ok := a.member(t, "details").(map[string]any); !ok || details["member"] != nil && details["member"] != c.member || details["member"] == nil && c.member != "" {
			t.Errorf("%s: got %s, want the member %q", c.body, a.body, c.member)
		}
	}
	f.wantError(f.do("POST", "/read", `{"name":"`+strings.Repeat("x", 100)+`"}`), 413, "PAYLOAD_TOO_LARGE", "The body is larger than 100 bytes.")
	if a := f.do("POST", "/read", `{"notes":{"a":"1","A":"2"}}`); a.StatusCode != 200 { // these are the client's own names
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if a := f.do("POST", "/read", " {\"name\":\"x\",\"count\":2}\n "); a.StatusCode != 200 || !strings.HasPrefix(string(a.body), `{"name":"x","count":2,`) {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}
