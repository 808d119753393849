package client_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

const bulkID = "0197a2c4-7e1b-7c3d-8a4e-5f6071829304"

func bulkIs(status string, done, seconds int64) http.HandlerFunc {
	return reply(http.StatusOK, api.Bulk{BulkID: bulkID, Action: "cancel", Status: status, Matched: 9, Done: done, RetryAfter: seconds})
}

func TestABulkIsBegunOnceAndWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t,
			lose, reply(http.StatusOK, api.BulkCount{Matched: 9}), // counting is done again
			reply(http.StatusAccepted, api.BulkBegun{BulkID: bulkID, Status: "processing", Matched: 9}),
			bulkIs("processing", 2, 3), bulkIs("processing", 5, 4), bulkIs("done", 9, 0),
			bulkIs("ended", 9, 0), bulkIs("ended", 9, 0),
		)
		c := s.client()
		order := api.NewBulk{Action: "cancel", Filter: api.BulkFilter{Status: []string{"queued"}}}
		if n, err := c.CountBulk(t.Context(), order); n != 9 || err != nil {
			t.Errorf("counted %d, %v", n, err)
		}
		begun, err := c.BeginBulk(t.Context(), order)
		if err != nil || begun.BulkID != bulkID || begun.Matched != 9 {
			t.Errorf("begun %+v, %v", begun, err)
		}
		began := time.Now()
		is, err := c.WaitBulk(t.Context(), begun.BulkID)
		if err != nil || is.Status != "done" || is.Done != 9 || time.Since(began) != 7*time.Second {
			t.Errorf("after %s %+v, %v", time.Since(began), is, err)
		}
		if is, err := c.EndBulk(t.Context(), bulkID); err != nil || is.Status != "ended" {
			t.Errorf("ended %+v, %v", is, err)
		}
		if is, err := c.Bulk(t.Context(), bulkID); err != nil || is.Status != "ended" {
			t.Errorf("asked %+v, %v", is, err)
		}
		s.finished()
		var what []string
		for _, a := range s.asked {
			what = append(what, a.what)
		}
		at := "/bulk/" + bulkID
		if want := []string{"POST /bulk", "POST /bulk", "POST /bulk", "GET " + at, "GET " + at, "GET " + at, "DELETE " + at, "GET " + at}; !slices.Equal(what, want) {
			t.Errorf("asked %q, want %q", what, want)
		}
	})
}

// TestABulkWhoseAnswerIsLostIsNotBegunAgain: it may have been begun.
func TestABulkWhoseAnswerIsLostIsNotBegunAgain(t *testing.T) {
	s := newScript(t, lose)
	if _, err := s.client().BeginBulk(t.Context(), api.NewBulk{Action: "retry"}); err == nil {
		t.Error("no error")
	}
	s.finished()
	s = newScript(t, refuse(http.StatusBadRequest, "INVALID_REQUEST", 0))
	var e *client.Error
	if _, err := s.client().BeginBulk(t.Context(), api.NewBulk{}); !errors.As(err, &e) || e.Code != "INVALID_REQUEST" {
		t.Errorf("refused: %v", err)
	}
	s.finished()
}
