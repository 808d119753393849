// Package pause knows what operators have paused: tools and owners whose jobs are
// not begun until they are resumed. A pause is a note in the store, so that it
// outlives the process and holds on every server. What follows from a pause is for
// others to do: package sched picks nothing of it, package queue grants nothing.
package pause

import (
	"encoding/json"
	"strings"
	"time"

	"claimcheck/internal/store/protocol"
)

// A Kind is what can be paused.
type Kind string

// The kinds.
const (
	Tool  Kind = "tool"  // jobs of a tool, whosever they are
	Owner Kind = "owner" // jobs of an owner, whatever their tool
)

// A Pause is a tool or an owner that is paused.
type Pause struct {
	Kind  Kind
	Name  string
	Since time.Time // of the store's clock, in milliseconds
	By    string    // who did it: the id of a key, or the operator's command
}

// note is a pause as it is kept.
type note struct {
	Since int64  `json:"since"` // Unix milliseconds
	By    string `json:"by,omitempty"`
}

// separator stands between kind and name in a note's name; no kind has one.
const separator = ":"

func noteName(kind Kind, name string) string { return string(kind) + separator + name }

func (p *Pause) note() (protocol.Note, error) {
	data, err := json.Marshal(note{Since: p.Since.UnixMilli(), By: p.By})
	return protocol.Note{Name: noteName(p.Kind, p.Name), Data: data}, err
}

// parse reads a note; ok is false for one that a later release made. What cannot be
// read of a pause makes it no less one.
func parse(n *protocol.Note) (p Pause, ok bool) {
	kind, name, _ := strings.Cut(n.Name, separator)
	p = Pause{Kind: Kind(kind), Name: name}
	var is note
	if json.Unmarshal(n.Data, &is) == nil {
		p.Since, p.By = time.UnixMilli(is.Since), is.By
	}
	return p, p.Kind == Tool || p.Kind == Owner
}

// Purged is what the audit calls it when what waits of a tool is ended.
const Purged = "tools.purge"

// Action is what the audit calls a pause of a kind, or its end.
func Action(kind Kind, paused bool) string {
	if paused {
		return string(kind) + "s.pause"
	}
	return string(kind) + "s.resume"
}
