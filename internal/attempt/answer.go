package attempt

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"claimcheck/internal/job"
)

// answer is the JSON payload of a success with an output file, and where in it
// the file's link is to be inserted.
func answer(requestID, preview string, about File) (body []byte, linkAt int) {
	var b bytes.Buffer
	b.WriteString(`{"request_id":`)
	b.Write(text(requestID))
	b.WriteString(`,"status":"success","file":"`)
	linkAt = b.Len()
	b.WriteString(`","preview":`)
	b.Write(text(preview))
	if about.Told {
		b.WriteString(`,"content_type":`)
		b.Write(text(about.ContentType))
	}
	b.WriteByte('}')
	return b.Bytes(), linkAt
}

// text is a JSON string; '<' and '&' stay readable, because answers are
// never HTML.
func text(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("attempt: a string that is not JSON: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// A preview gathers the first part of an output. Its zero value is ready.
type preview struct {
	head []byte
}

const (
	previewDots  = "..."
	previewBytes = (job.MaxPreviewRunes + 1) * utf8.UTFMax
)

func (p *preview) add(b []byte) {
	if room := previewBytes - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(room, len(b))]...)
	}
}

// text returns the output's beginning, at most MaxPreviewRunes code points,
// cut between code points and ended by dots when there is more.
func (p *preview) text() string {
	runes := 0
	cut := 0 // where the dots would go
	for i := 0; i < len(p.head); {
		if runes == job.MaxPreviewRunes-len(previewDots) {
			cut = i
		}
		if runes == job.MaxPreviewRunes {
			return string(p.head[:cut]) + previewDots
		}
		_, n := utf8.DecodeRune(p.head[i:])
		i += n
		runes++
	}
	return string(p.head)
}
