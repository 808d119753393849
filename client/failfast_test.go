package client_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/client"
)

func TestAServerThatWasNeverReachedIsTriedOnce(t *testing.T) {
	for name, step := range map[string]http.HandlerFunc{"no connection": lose, "a proxy's answer": reply(http.StatusBadGateway, []byte("<html>"))} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(t, step)
				if _, err := s.client(client.WithFailFast()).Wait(t.Context(), jobID); err == nil || time.Since(s.began) > 0 {
					t.Errorf("error %v after %s", err, time.Since(s.began))
				}
				s.finished()
			})
		})
	}
}

// TestAServerThatDiesDuringTheFirstQuestionIsWaitedFor has it hold what may be held.
func TestAServerThatDiesDuringTheFirstQuestionIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		die := func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Prefer") == "" {
				unfinished("processing", 2, `W/"1"`)(w, r)
				return
			}
			lose(w, r)
		}
		s := newScript(t, die, lose, succeeded)
		if got, err := s.client(client.WithFailFast()).Wait(t.Context(), jobID); err != nil || got.Status != "success" {
			t.Errorf("status %+v, error %v", got, err)
		}
		s.finished()
	})
}

func TestAServerThatHasAnsweredIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, refuse(http.StatusTooManyRequests, "RATE_LIMITED", 3), lose, unfinished("queued", 2, `W/"1"`), reply(http.StatusBadGateway, nil), succeeded)
		var pauses []time.Duration
		note := client.WithPauseNote(func(_ error, pause time.Duration) { pauses = append(pauses, pause) })
		got, err := s.client(client.WithFailFast(), note).Wait(t.Context(), jobID)
		if err != nil || got.Status != "success" {
			t.Errorf("status %+v, error %v", got, err)
		}
		if want := []time.Duration{3 * time.Second, time.Second, time.Second}; !slices.Equal(pauses, want) {
			t.Errorf("pauses of %v were told, want %v", pauses, want)
		}
		s.finished()
	})
}
