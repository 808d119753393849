package httptool_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/httptool"
)

// streamed runs a tool of mode body whose endpoint answers with a stream.
func streamed(t *testing.T, body, contentType string) (said []string, out string, a tool.Answer, err error) {
	t.Helper()
	x := newTool(t, says(200, body, "Content-Type", contentType), func(c *httptool.Config) { c.Mode = tool.Body })
	var b bytes.Buffer
	err = x.Run(t.Context(), tool.Call{
		Input: strings.NewReader("in"), InputSize: 2, Output: &b, Answer: &a, About: tool.About{JobID: "id", Attempt: 1, RequestID: "r"},
		Say: func(w tool.Words) {
			said = append(said, fmt.Sprintf("%v %s %q %s", w.Progress, w.Message, w.Log, w.Output))
		},
	})
	return said, b.String(), a, err
}

func TestAStreamSaysWhatIsDoneAndEndsWithTheResult(t *testing.T) {
	for _, eol := range []string{"\n", "\r\n", "\r"} {
		body := ": hello\n\nevent: progress\ndata: {\"progress\": 12.5}\n\nevent: progress\ndata: 40\n\n" +
			"event: message\ndata: {\"message\":\"page 3\"}\n\nevent: message\ndata: \"page 4\"\n\n" +
			"event: log\ndata: {\"log\":[\"a\",\"b\"]}\n\nevent: log\ndata: \"c\"\n\nevent: log\ndata: [\"d\"]\n\n" +
			"event: output\ndata: {\"output\":\"Hel\",\"progress\":50}\n\nevent: output\ndata: \"lo\"\n\ndata: {\"output\":\"!\"}\n\nevent: output\n\n" +
			"id: 7\nretry: 1\nevent: result\ndata: {\"b\" : 1.0e5,\ndata: \"a\":1}\n\nevent: output\ndata: \"too late\"\n\n"
		said, out, a, err := streamed(t, strings.ReplaceAll(body, "\n", eol), "text/event-stream; charset=utf-8")
		want := []string{
			`12.5  [] `, `40  [] `, `0 page 3 [] `, `0 page 4 [] `, `0  ["a" "b"] `, `0  ["c"] `, `0  ["d"] `, `50  [] Hel`, `0  [] lo`, `0  [] !`,
		}
		if err != nil || out != "" || string(a.JSON) != "{\"b\" : 1.0e5,\n\"a\":1}" || strings.Join(said, "|") != strings.Join(want, "|") {
			t.Errorf("%q: said %q, result %q, output %q, %v", eol, said, a.JSON, out, err)
		}
	}
}

// TestAWrongStreamIsToldOf: each fault has its sentence, and says whether another attempt
// may succeed.
func TestAWrongStreamIsToldOf(t *testing.T) {
	const begins = "event: log\ndata: \"x\"\n\n"
	for _, c := range []struct {
		body, code, message string
		kind                fault.Kind
	}{
		{begins, "", "The tool's server ended its stream without a result or an error.", fault.Upstream},
		{"", "", "The tool's server ended its stream without a result or an error.", fault.Upstream},
		{": nothing\n\n", "", "The tool's server ended its stream without a result or an error.", fault.Upstream},
		{begins + "event: result\ndata: {}\n", "", "The tool's server ended its stream without a result or an error.", fault.Upstream},
		{begins + "event: result\ndata: {\n\n", "", "The tool's server ended its stream with a result that is not JSON.", fault.Rejected},
		{"event: result\ndata: hello\n\n", "", "The tool's server ended its stream with a result that is not JSON.", fault.Rejected},
		{begins + "event: result\ndata: \"" + strings.Repeat("x", 256<<10) + "\"\n\n", "", "The tool's server ended its stream with a result of more than 262144 bytes.", fault.Rejected},
		{begins + "event: output\ndata: \"" + strings.Repeat("x", 400<<10) + "\"\n\n", "", "The tool's server sent an event of more than 327680 bytes.", fault.Rejected},
		{begins + "event: token\ndata: \"x\"\n\n", "", `The tool's server sent an event of a name that is not known: "token". Known are progress, message, log, output, result, error.`, fault.Rejected},
		{begins + "event: output\ndata: \"\xff\"\n\n", "", "The tool's server sent an event that is not in UTF-8.", fault.Rejected},
		{begins + "event: output\ndata: hello\n\n", "", "The tool's server sent a wrong event output: What is said must be a JSON object with any of the members progress, message, log and output.", fault.Rejected},
		{begins + "event: output\ndata: 7\n\n", "", "The tool's server sent a wrong event output: output must be a text of at most 65536 bytes.", fault.Rejected},
		{begins + "event: log\ndata: [1]\n\n", "", "The tool's server sent a wrong event log: log must be a list of texts, of at most 1000 lines.", fault.Rejected},
		{begins + "event: log\ndata: [null]\n\n", "", "The tool's server sent a wrong event log: Each line of log must be a text of at most 4096 bytes.", fault.Rejected},
		{begins + "event: message\ndata: \"" + strings.Repeat("é", 201) + "\"\n\n", "", "The tool's server sent a wrong event message: message must be a text of at most 200 characters.", fault.Rejected},
		{begins + "event: progress\ndata: 101\n\n", "", "The tool's server sent a wrong event progress: progress must be a number from 0 to 100.", fault.Rejected},
		{begins + "data: 5\n\n", "", "The tool's server sent a wrong event nameless: What is said must be a JSON object with any of the members progress, message, log and output.", fault.Rejected},
		{begins + "event: error\ndata: {\"code\":\"NO_SPEECH\",\"message\":\"Silence.\"}\n\n", "NO_SPEECH", "Silence.", fault.Invalid},
		{"event: error\ndata: {\"code\":\"BUSY\",\"message\":\"Later.\",\"retry\":true}\n\n", "BUSY", "Later.", fault.Upstream},
		{"event: error\ndata: {\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", "overloaded_error", "Overloaded", fault.Invalid},
		{"event: error\ndata: broken\n\n", "", "The tool's server ended its stream with an error.", fault.Rejected},
	} {
		_, _, a, err := streamed(t, c.body, "text/event-stream")
		if c.code == "" {
			c.code = tool.UpstreamError
		}
		if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Code != c.code || f.Message != c.message || a.JSON != nil {
			t.Errorf("%.60q: %v, want kind %d %s %q", c.body, err, c.kind, c.code, c.message)
		}
	}
}

// TestAStreamOfSomebodyElseIsTheOutput: byte for byte, and its data is said as it comes.
func TestAStreamOfSomebodyElseIsTheOutput(t *testing.T) {
	for _, body := range []string{
		": ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\ndata: [DONE]\n\n",
		"event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: output\ndata: {}\n\nevent: message_stop\ndata: [DONE]\n\n",
		"event: message\ndata: {\"jsonrpc\":\"2.0\"}\n\nevent: result\ndata: 1\n\ndata: [DONE]\n\n",
		"data: {\"output\":\"mine\"}\n\ndata: \xff\n\ndata: [DONE]\n\ndata: cut",
		"data: a\n\ndata: " + strings.Repeat("x", 400<<10) + "\n\n",
	} {
		said, out, a, err := streamed(t, body, "text/event-stream")
		if err != nil || out != body || a.JSON != nil || a.ContentType != "text/event-stream" {
			t.Errorf("%.40q: output %.40q (%d bytes) of type %s, %v", body, out, len(out), a.ContentType, err)
		}
		if strings.Contains(body, "[DONE]") && (len(said) != 3 || !strings.HasSuffix(said[2], "[DONE]\n")) {
			t.Errorf("%.40q: said %q", body, said)
		}
	}
	said, _, _, _ := streamed(t, "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n", "text/event-stream")
	if len(said) != 1 || said[0] != "0  [] {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n" {
		t.Errorf("said %q", said)
	}
}

// TestAnEventIsHeardAsSoonAsItIsThere: not when the next one comes.
func TestAnEventIsHeardAsSoonAsItIsThere(t *testing.T) {
	for _, eol := range []string{"\n", "\r\n"} {
		from, to := io.Pipe()
		heard := make(chan string)
		x := newTool(t, streams(from), func(c *httptool.Config) { c.Mode = tool.Body })
		ended := make(chan error, 1)
		var a tool.Answer
		go func() {
			ended <- x.Run(t.Context(), tool.Call{
				Input: strings.NewReader(""), Output: io.Discard, Answer: &a, About: tool.About{JobID: "id", Attempt: 1, RequestID: "r"},
				Say: func(w tool.Words) { heard <- w.Output },
			})
		}()
		for _, piece := range []string{"a", "b", "c"} {
			if _, err := io.WriteString(to, "event: output"+eol+"data: \""+piece+"\""+eol+eol); err != nil {
				t.Fatal(err)
			}
			if got := <-heard; got != piece { // nothing else is written before
				t.Errorf("heard %q, want %q", got, piece)
			}
		}
		if _, err := io.WriteString(to, "event: result"+eol+"data: 1"+eol+eol); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil || string(a.JSON) != "1" { // although the endpoint does not end it
			t.Errorf("%q %v", a.JSON, err)
		}
	}
}

// streams answers with a stream that comes from somewhere.
func streams(body io.ReadCloser) script {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, ProtoMajor: 1, Header: http.Header{"Content-Type": {"text/event-stream"}}, ContentLength: -1, TransferEncoding: []string{"chunked"}, Body: body,
		}, nil
	}
}
