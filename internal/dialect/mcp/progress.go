package mcp

import (
	"encoding/json"
	"mime"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/job"
)

// How often a client that waits for its answer hears that its request goes on:
// often enough for those whose patience begins anew with each notification, and
// is a second or two.
const (
	progressEvery = time.Second
	aliveEvery    = 15 * time.Second // for clients that want no progress
)

// A beat is what a client is told while it waits.
type beat struct {
	every time.Duration
	make  func() []byte // the next message; nil: a sign of life
}

// takesStreams reports whether the client takes an event stream for an answer.
func (x *exchange) takesStreams() bool {
	for _, line := range x.call.Request().Header["Accept"] {
		for part := range strings.SplitSeq(line, ",") {
			if media, _, err := mime.ParseMediaType(part); err == nil && media == "text/event-stream" {
				return true
			}
		}
	}
	return false
}

// lasting answers by work, which may take long, and tells the client meanwhile.
// A nil beat tells it nothing. An answer that comes before the first beat is an
// ordinary one.
func (x *exchange) lasting(b *beat, work func() (reply, error)) (reply, error) {
	if b == nil {
		return work()
	}
	x.call.Meanwhile(b.every, b.make, func() error {
		x.answer(work())
		return nil
	})
	return reply{sent: true}, nil
}

// progress is what the client of a request about a job is told while it waits: the
// progress, if it has asked for that and exists says that the job is there to be
// asked; nil where it takes no stream. Notifications of one request go up, also where
// nothing is known: by a millionth of a percent each (2026-07-28, "Progress"). They
// do not reach the whole while the client waits.
func (x *exchange) progress(id job.ID, exists bool) *beat {
	token, asked := x.meta("progressToken")
	if !x.takesStreams() {
		return nil
	}
	if !asked || !isID(token) {
		return &beat{aliveEvery, func() []byte { return nil }}
	}
	said := int64(0) // in millionths of a percent
	return &beat{progressEvery, func() []byte {
		word, percent := "running", 0
		if exists {
			word, percent = x.standing(id)
		}
		said = max(said+1, int64(min(percent, mostPercent))*1_000_000)
		return progressMessage(token, said, percent > 0, word)
	}}
}

// mostPercent is what a client is told at most of work that goes on: as far below the
// whole that a notification a second does not get there within longestWait.
const mostPercent = 99

// standing is what a job says that it does, else its status, and its progress; empty if
// it is not there now.
func (x *exchange) standing(id job.ID) (word string, percent int) {
	snap, err := x.call.Get(id)
	if err != nil {
		return "", 0
	}
	word = snap.Job.Status.String()
	if message := x.call.Message(snap); message != "" {
		word = message
	}
	return word, x.call.Progress(snap)
}

// progressMessage is notifications/progress. Of how much it is said only where that
// is known.
func progressMessage(token json.RawMessage, millionths int64, known bool, word string) []byte {
	params := struct {
		Token    json.RawMessage `json:"progressToken"`
		Progress json.RawMessage `json:"progress"`
		Total    int             `json:"total,omitempty"`
		Message  string          `json:"message,omitempty"`
	}{Token: token, Progress: strconv.AppendFloat(nil, float64(millionths)/1_000_000, 'f', -1, 64), Message: word}
	if known {
		params.Total = 100
	}
	return notification("notifications/progress", encode(params))
}

// notification is a message that wants no answer.
func notification(method string, params json.RawMessage) []byte {
	return encode(struct {
		JSONRPC string          `json:"jsonrpc"`
		Method  string          `json:"method"`
		Params  json.RawMessage `json:"params"`
	}{"2.0", method, params})
}
