package tool

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"claimcheck/internal/fault"
)

// Words are what somebody who works says of it, while it goes on.
type Words struct {
	Progress float64 // in percent, from 0; 0 for none
	Message  string  // what is being done now; empty for none
	Log      []string
	Output   string // a piece of the output, which goes on where the last one ended; empty for none
}

// Limits of what is said at once.
const (
	MaxMessageRunes = 200
	MaxLogLines     = 1000
	MaxLineBytes    = 4 << 10
	MaxPieceBytes   = 64 << 10
)

// ReadWords reads a JSON object with the members progress, message, log and output, of
// which any may be missing or null; others are passed over, and no text is an object
// without members. Failures: Invalid INVALID_REQUEST, with a sentence that begins
// with what of it is wrong.
func ReadWords(text []byte) (w Words, err error) {
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return w, nil
	}
	if !utf8.Valid(text) {
		return w, wrongWords("The body is not in UTF-8.")
	}
	var said struct {
		Progress, Message, Log, Output json.RawMessage
	}
	if text[0] != '{' || json.Unmarshal(text, &said) != nil {
		return w, wrongWords("What is said must be a JSON object with any of the members progress, message, log and output.")
	}
	var lines []*string
	switch {
	case !into(said.Progress, &w.Progress) || w.Progress < 0 || w.Progress > 100:
		return Words{}, wrongWords("progress must be a number from 0 to 100.")
	case !into(said.Message, &w.Message) || utf8.RuneCountInString(w.Message) > MaxMessageRunes:
		return Words{}, wrongWords("message must be a text of at most %d characters.", MaxMessageRunes)
	case !into(said.Log, &lines) || len(lines) > MaxLogLines:
		return Words{}, wrongWords("log must be a list of texts, of at most %d lines.", MaxLogLines)
	case !into(said.Output, &w.Output) || len(w.Output) > MaxPieceBytes:
		return Words{}, wrongWords("output must be a text of at most %d bytes.", MaxPieceBytes)
	}
	for _, line := range lines {
		if line == nil || len(*line) > MaxLineBytes {
			return Words{}, wrongWords("Each line of log must be a text of at most %d bytes.", MaxLineBytes)
		}
		w.Log = append(w.Log, *line)
	}
	return w, nil
}

// into reads a value that may be missing; it reports whether it could be read.
func into(value json.RawMessage, to any) bool {
	return value == nil || json.Unmarshal(value, to) == nil
}

func wrongWords(sentence string, args ...any) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", sentence, args...)
}

// Silent reports whether nothing is said but how far it has come.
func (w *Words) Silent() bool { return w.Message == "" && len(w.Log) == 0 && w.Output == "" }
