package sse_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/sse"
)

// held has work answer after a time while a message is due each second.
func held(takes time.Duration, beat func() []byte, w http.ResponseWriter) (h *sse.Hold, ordinary bool) {
	h = sse.NewHold(w, time.Second, beat)
	<-time.After(takes)
	h.Header().Set("Made", "late")
	h.WriteHeader(http.StatusTeapot)
	_, _ = h.Write([]byte("{\"a\":\n1}"))
	h.End()
	_, _, ordinary = h.Last()
	return h, ordinary
}

func TestAHoldSaysThatTheWorkGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			takes time.Duration
			want  string
		}{
			{999 * time.Millisecond, ""},
			{1001 * time.Millisecond, ":\n"},
			{3500 * time.Millisecond, ":\nevent: message\ndata: 2\n\nevent: message\ndata: 3\n\n"},
		} {
			rec, n := httptest.NewRecorder(), 0
			began := time.Now()
			_, ordinary := held(c.takes, func() []byte {
				if n++; n == 1 {
					return nil
				}
				return []byte{' ', byte('0' + n), '\n'}
			}, rec)
			if time.Since(began) != c.takes || ordinary != (c.want == "") {
				t.Errorf("%s: took %s, ordinary %t", c.takes, time.Since(began), ordinary)
			}
			if c.want != "" {
				c.want += "event: message\ndata: {\"a\":1}\n\n"
			}
			if got := rec.Body.String(); got != c.want || (rec.Header().Get("Made") == "late") != ordinary {
				t.Errorf("%s: %q %v, want %q", c.takes, got, rec.Header(), c.want)
			}
		}
	})
}

// A gone client's connection fails.
type gone struct {
	http.ResponseWriter

	writes int
}

func (g *gone) Write([]byte) (int, error) { g.writes++; return 0, errors.New("gone") }

func TestNothingMoreIsWrittenToAClientThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &gone{ResponseWriter: httptest.NewRecorder()}
		if _, ordinary := held(time.Minute, func() []byte { return nil }, w); ordinary || w.writes != 1 {
			t.Errorf("%d writes, ordinary %t; want one and no second answer", w.writes, ordinary)
		}
	})
}

// TestABrokenBeatLeavesTheAnswerWhole: whether it broke before the stream began or
// after.
func TestABrokenBeatLeavesTheAnswerWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for breaks := 1; breaks <= 2; breaks++ {
			rec, n := httptest.NewRecorder(), 0
			h, ordinary := held(time.Minute, func() []byte {
				if n++; n == breaks {
					panic("no")
				}
				return nil
			}, rec)
			if _, broken := h.End(); broken != "no" || ordinary != (breaks == 1) || ordinary == strings.HasSuffix(rec.Body.String(), "{\"a\":1}\n\n") {
				t.Errorf("breaks at %d: %v, ordinary %t, %q", breaks, broken, ordinary, rec.Body)
			}
		}
	})
}
