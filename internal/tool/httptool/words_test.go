package httptool_test

import (
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

// TestARefusalIsASentence: what frameworks answer to an input that they refuse
// is told in one sentence, or not at all.
func TestARefusalIsASentence(t *testing.T) {
	const (
		problem = "application/problem+json"
		plain   = "text/plain; charset=utf-8"
		status  = "The tool's server answered with status 422."
	)
	for _, c := range []struct{ name, contentType, body, code, message string }{
		{"FastAPI, one", "application/json", `{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}`, "", "body: Field required"},
		{"FastAPI, several", "application/json", `{"detail":[{"loc":["body","items",0,"name"],"msg":"Field required"},{"loc":["body","n"],"msg":"Odd"},{"msg":"Odd"}]}`, "", "body.items.0.name: Field required (and 2 more)"},
		{"FastAPI, a sentence", "application/json", `{"detail":"Item not found"}`, "", "Item not found"},
		{"FastAPI, an object", "application/json", `{"detail":{"code":"NO_ITEM","message":"Item not found"}}`, "NO_ITEM", "Item not found"},
		{"RFC 9457", problem, `{"title":"Not enough credit.","detail":"Your balance is 30."}`, "", "Your balance is 30."},
		{"RFC 9457, a title", problem, `{"title":"Not enough credit."}`, "", "Not enough credit."},
		{"RFC 9457, pointers", problem, `{"title":"Not valid.","errors":[{"detail":"must be a positive integer","pointer":"#/age"},{"detail":"x"}]}`, "", "#/age: must be a positive integer (and 1 more)"},
		{"ASP.NET", problem, `{"title":"One or more validation errors occurred.","status":400,"errors":{"Name":["The Name field is required.","Too short."],"Age":["Odd."]}}`, "", "Name: The Name field is required. (and 2 more)"},
		{"JSON:API", "application/vnd.api+json", `{"errors":[{"code":"X1","title":"Odd","detail":"The name is odd.","source":{"pointer":"/data/name"}}]}`, "X1", "/data/name: The name is odd."},
		{"GraphQL", "application/json", `{"errors":[{"message":"No such field."}]}`, "", "No such field."},
		{"express-validator", "application/json", `{"errors":[{"type":"field","msg":"Invalid value","path":"email","location":"body"}]}`, "", "email: Invalid value"},
		{"NestJS", "application/json", `{"statusCode":400,"error":"Bad Request","message":["name must be a string","age must be an int"]}`, "", "name must be a string (and 1 more)"},
		{"Django REST", "application/json", `{"name":["This field is required."],"age":["Odd.","Odder."]}`, "", "name: This field is required. (and 2 more)"},
		{"Google", "application/json", `{"error":{"code":400,"message":"Too odd.","status":"INVALID_ARGUMENT"}}`, "INVALID_ARGUMENT", "Too odd."},
		{"a JSON string", "application/json", `"Too odd."`, "", "Too odd."},
		{"plain", plain, "\n  The column \"amount\" is missing.\r\nsecond line", "", `The column "amount" is missing.`},
		{"plain, long", plain, strings.Repeat("é", 400), "", strings.Repeat("é", 297) + "..."},
		{"plain, control characters", plain, "a\x00b \x1b[31mred\u009b1m \u202egnp.exe\u2066\u200f\u2028c", "", "ab [31mred1m gnp.exe"},
		{"plain, other character sets", "text/plain; charset=iso-8859-1", "Gr\xf6\xdfe fehlt", "", status},
		{"plain, in truth a page", plain, "<!doctype html><title>Bad</title>", "", status},
		{"plain, nothing", plain, " \n\t\n", "", status},
		{"a page", "text/html", "<h1>Bad Request</h1>", "", status},
		{"bytes", "application/octet-stream", "No.", "", status},
		{"no type", "", "No.", "", status},
		{"lists of nothing", "application/json", `{"detail":[],"errors":{},"message":[{}]}`, "", status},
		{"a code of its own", "application/json", `{"code":"ODD","message":"ODD"}`, "ODD", "ODD"},
		{"a code and a field", "application/json", `{"code":"ODD","detail":{"field":"n","type":"x"}}`, "ODD", "The tool refused the input."},
		{"a code and no more", "application/json", `{"error":"ODD"}`, "ODD", "The tool refused the input."},
		{"a word and a sentence", "application/json", `{"error":"Bad Request"}`, "", "Bad Request"},
		{"details", "application/json", `{"error":"ODD","details":{"message":"Too odd."}}`, "ODD", "Too odd."},
		{"null", "application/json", `null`, "", status},
		{"numbers", "application/json", `{"detail":[1,2],"a":[3]}`, "", status},
		{"a long field", "application/json", `{"detail":[{"loc":["` + strings.Repeat("x", 2000) + `"],"msg":"Field required"}]}`, "", "Field required"},
		{"fields with control characters", "application/json", `{"detail":[{"loc":["a\u001b\u202eb"],"msg":"c\nd"}]}`, "", "ab: c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.code == "" {
				c.code = tool.UpstreamError
			}
			_, _, err := run(t.Context(), newTool(t, says(422, c.body, "Content-Type", c.contentType)), strings.NewReader("in"))
			if f := fault.Of(err); f == nil || f.Code != c.code || f.Message != c.message {
				t.Errorf("got %v, want %s %q", err, c.code, c.message)
			}
		})
	}
}
