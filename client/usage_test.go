package client_test

import (
	"errors"
	"net/http"
	"testing"

	"claimcheck/api"
	"claimcheck/client"
)

func TestUsageIsAskedFor(t *testing.T) {
	s := newScript(t, reply(http.StatusOK, api.Usage{Owner: "ann", Plan: "default"}), refuse(http.StatusUnauthorized, "UNAUTHORIZED", 0))
	c := s.client()
	u, err := c.Usage(t.Context())
	if err != nil || u.Owner != "ann" || u.Plan != "default" || s.asked[0].what != "GET /usage" {
		t.Errorf("usage %+v, error %v, asked %+v", u, err, s.asked[0])
	}
	_, err = c.Usage(t.Context())
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != "UNAUTHORIZED" {
		t.Errorf("a bad key: %v", err)
	}
	s.finished()
}
