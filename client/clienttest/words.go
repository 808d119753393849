package clienttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

// attemptBytes is how far apart the positions of what attempts say are.
const attemptBytes = 1_000_000_000_000

// A word is something that a job has said.
type word struct {
	name string // of its event
	api.JobWords
	end int64 // its position
}

// say takes what a tool says.
func (s *Server) say(j *job, said api.WorkProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if said.Progress > 0 {
		j.progress = min(int(said.Progress), 100)
	}
	add := func(name, text string, how func(*api.JobWords)) {
		if text == "" {
			return
		}
		w := word{name: name, JobWords: api.JobWords{Attempt: 1, At: time.Now().Unix()}, end: attemptBytes}
		if n := len(j.words); n > 0 {
			w.end = j.words[n-1].end
		}
		w.end += int64(len(text))
		how(&w.JobWords)
		j.words = append(j.words, w)
	}
	add("message", said.Message, func(w *api.JobWords) { w.Message, j.message = said.Message, said.Message })
	for _, line := range said.Log {
		add("log", line, func(w *api.JobWords) { w.Log = []string{line} })
	}
	add("output", said.Output, func(w *api.JobWords) { w.Output = said.Output })
	j.wake()
}

// A place is how far a client has read a job's event stream.
type place struct {
	version int // -1: it has seen none
	heard   int64
}

// placeOf reads Last-Event-ID.
func placeOf(text string) (place, error) {
	if text == "" {
		return place{version: -1}, nil
	}
	version, heard, said := strings.Cut(text, ".")
	var p place
	var err, wrong error
	if p.version, err = strconv.Atoi(version); said {
		p.heard, wrong = strconv.ParseInt(heard, 10, 64)
	}
	if err != nil || wrong != nil || p.version < 0 || p.heard < 0 {
		return p, refuse(http.StatusBadRequest, "INVALID_REQUEST", "Last-Event-ID must be the id of an event of this stream.")
	}
	return p, nil
}

// String is the id of an event.
func (p place) String() string {
	if p.heard == 0 {
		return strconv.Itoa(p.version)
	}
	return fmt.Sprintf("%d.%d", p.version, p.heard)
}

// hear writes what a job has said since. The caller holds the lock.
func (j *job) hear(b *bytes.Buffer, at *place) error {
	for i := range j.words {
		w := &j.words[i]
		if w.end <= at.heard {
			continue
		}
		at.heard = w.end
		text, err := json.Marshal(w.JobWords)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "event: %s\nid: %s\ndata: %s\n\n", w.name, at, text)
	}
	return nil
}

// news reports whether a job has changed, or said something. The caller holds the lock.
func (j *job) news(at place) bool {
	return j.version != at.version || len(j.words) > 0 && j.words[len(j.words)-1].end > at.heard
}

// log answers GET /jobs/{id}/log.
func (s *Server) log(w http.ResponseWriter, r *http.Request) error {
	j, err := s.find(r)
	if err != nil {
		return err
	}
	l := api.JobLog{Lines: []api.LogLine{}}
	s.mu.Lock()
	for _, is := range j.words {
		for _, line := range is.Log {
			l.Lines = append(l.Lines, api.LogLine{At: is.At, Text: line})
		}
	}
	s.mu.Unlock()
	return answer(w, http.StatusOK, l)
}
