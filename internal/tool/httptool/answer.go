package httptool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"claimcheck/internal/coding"
	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
)

// errOutput is a failure to keep what was answered: it is not the endpoint's.
var errOutput = errors.New("keep the answer")

// judge takes an answer as the result, or says what is wrong with it.
func (t *Tool) judge(res *http.Response, c *tool.Call) error {
	codings, err := coding.Names(res.Header.Values("Content-Encoding"))
	if err != nil {
		return fault.New(fault.Rejected, tool.UpstreamError, "The tool's server encoded its answer in a way that is not known here.").Because(err)
	}
	if len(codings) > 0 {
		plain := coding.NewReader(res.Body, codings)
		defer func() { _ = plain.Close() }() // it never fails
		res.Body = io.NopCloser(plain)       // the caller closes the body itself
	}
	switch {
	case t.c.Mode == tool.JSON && res.StatusCode == http.StatusAccepted:
		return tool.ErrRemote
	case res.StatusCode == http.StatusPartialContent, res.StatusCode == http.StatusIMUsed: // nobody asked for a part
		return odd(res)
	case t.c.Mode == tool.Body && res.StatusCode/100 == 2 && isStream(res):
		return follow(res, c)
	case res.StatusCode/100 == 2:
		return take(res, c)
	case tool.Passing(res.StatusCode):
		return t.unavailable(res)
	case res.StatusCode/100 == 4:
		return refusal(res)
	default: // redirects too: where a request goes is the operator's to say
		return odd(res)
	}
}

// odd is an answer that says nothing of the input.
func odd(res *http.Response) error {
	return fault.New(fault.Rejected, tool.UpstreamError, "The tool's server answered with status %d.", res.StatusCode).With("status", res.StatusCode)
}

// take makes a success of an answer that came whole.
func take(res *http.Response, c *tool.Call) error {
	contentType := media.ContentType(res.Header.Get("Content-Type"))
	head, err := io.ReadAll(io.LimitReader(res.Body, tool.MaxAnswerBytes+1))
	if err != nil {
		return broken("The answer of the tool's server broke off.", err)
	}
	fits := len(head) <= tool.MaxAnswerBytes
	if whole := endKnown(res) || fits && closed(head); !whole {
		return broken("The answer of the tool's server has no end that could be told from a broken connection.", nil)
	}
	if fits && media.IsJSON(contentType) && isJSON(head) {
		c.Answer.JSON = head
		return nil
	}
	c.Answer.ContentType, c.Answer.Ext, c.Answer.Text = contentType, media.Extension(contentType), media.IsText(contentType)
	c.Answer.Filename = filename.Of(res.Header.Get("Content-Disposition"))
	return pass(res.Body, head, c.Output)
}

// pass writes an answer to the output, telling their failures apart.
func pass(body io.Reader, head []byte, to io.Writer) error {
	w := &output{w: to}
	_, err := io.Copy(w, io.MultiReader(bytes.NewReader(head), body))
	switch {
	case w.err != nil:
		return fmt.Errorf("%w: %w", errOutput, w.err)
	case err != nil:
		return broken("The answer of the tool's server broke off.", err)
	}
	return nil
}

// An output remembers its own failure, to tell it from the endpoint's.
type output struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		o.err = err
	}
	return n, err
}

// isJSON reports whether a text is one JSON value in UTF-8.
func isJSON(text []byte) bool { return json.Valid(text) && utf8.Valid(text) }

// closed reports whether a text is a whole JSON object or array: nothing that
// was cut off is.
func closed(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && isJSON(text)
}

// endKnown reports whether the protocol tells the end of the body from a
// connection that was cut: by a length, by chunks or by HTTP/2.
func endKnown(res *http.Response) bool {
	return res.ContentLength >= 0 || res.ProtoMajor >= 2 || len(res.TransferEncoding) > 0 || res.StatusCode == http.StatusNoContent
}

const maxRefusalBytes = 64 << 10

// refusal keeps what an endpoint says of an input that it refuses.
func refusal(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRefusalBytes))
	if err != nil {
		return broken("The answer of the tool's server broke off.", err)
	}
	words := wordsOf(res.Header.Get("Content-Type"), body)
	if words.message == "" && !tool.IsCode(words.code) {
		words.message = fmt.Sprintf("The tool's server answered with status %d.", res.StatusCode)
	}
	f := tool.Failure(words.code, words.message, words.details)
	said := tool.Say(res.StatusCode, res.Header.Get("Content-Type"), body)
	if f.Code == tool.UpstreamError {
		said.Code = words.code
	}
	f.Details = tool.SaidIn(f.Details, said)
	return f
}
