package api_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"claimcheck/api"
)

// errorRow is a row of docs/ERRORS.md: a code, its status, what it means and what
// to do.
var errorRow = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\| (\\d{3}) \\| (.+) \\| (.+) \\|$")

// TestErrorsAreDocumented holds docs/ERRORS.md to the description: each code that it
// shows, with that status, and no other.
func TestErrorsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/ERRORS.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, row := range errorRow.FindAllStringSubmatch(string(text), -1) {
		if told[row[1]] != "" {
			t.Errorf("%s stands there twice", row[1])
		}
		told[row[1]] = row[2]
	}
	if rows := strings.Count(string(text), "\n| `"); rows != len(told) {
		t.Errorf("%d of %d rows are not of the form | `CODE` | status | meaning | what to do |", rows-len(told), rows)
	}
	openAPI, err := api.OpenAPI("https://jobs.example.org", "1", nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]map[string]bool{}
	var doc any
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	eachFailure(doc, func(code, status string) {
		if shown[code] == nil {
			shown[code] = map[string]bool{}
		}
		shown[code][status] = true
	})
	if len(shown) < 50 {
		t.Fatalf("the description shows %d codes", len(shown))
	}
	for code, statuses := range shown {
		switch status := told[code]; {
		case theirs[code]:
		case status == "":
			t.Errorf("%s is not documented", code)
		case !statuses[status]:
			t.Errorf("%s is documented with %s, shown with %v", code, status, statuses)
		}
	}
	for code := range told {
		if shown[code] == nil {
			t.Errorf("%s is documented, and shown nowhere", code)
		}
	}
}

// theirs are codes of configured tools in examples.
var theirs = map[string]bool{"BAD_AMOUNT": true, "NO_SPEECH": true}

// eachFailure calls do with what the problem details in the document tell.
func eachFailure(v any, do func(code, status string)) {
	switch v := v.(type) {
	case map[string]any:
		code, isCode := v["code"].(string)
		status, isStatus := v["status"].(float64)
		if _, isProblem := v["type"].(string); isProblem && isCode && isStatus {
			do(code, strconv.Itoa(int(status)))
		}
		for _, inner := range v {
			eachFailure(inner, do)
		}
	case []any:
		for _, inner := range v {
			eachFailure(inner, do)
		}
	}
}
