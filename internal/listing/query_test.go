package listing_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/store/protocol"
)

func TestFiltersMayHaveSeveralValues(t *testing.T) {
	q, err := url.ParseQuery("status=queued&status=failed&tool=a&tool=b-api&tool=&error=TIMEOUT&error=CANCELED&created_after=1&created_before=2&finished_after=3&finished_before=4&metadata.a=b&limit=7")
	if err != nil {
		t.Fatal(err)
	}
	got, err := listing.FromQuery(q)
	want := protocol.Filter{
		Status: []job.Status{job.Queued, job.Failed}, Tools: []string{"a", "b"}, Codes: []string{"TIMEOUT", "CANCELED"},
		CreatedAfter: time.Unix(1, 0), CreatedBefore: time.Unix(2, 0), FinishedAfter: time.Unix(3, 0), FinishedBefore: time.Unix(4, 0),
		Metadata: map[string]string{"a": "b"}, Limit: 7,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("FromQuery: %v, %s", err, diff)
	}
}

func TestEachBadFilterHasItsSentence(t *testing.T) {
	said := map[string]string{}
	for _, query := range []string{
		"status=done", "error=", "tool=-api", "created_after=-1", "created_before=soon", "finished_after=1.5", "finished_before=99999999999999999999",
		"limit=0", "cursor=x", "group=", "feed=1", "metadata.=x", "created_after=1&created_after=2", "metadata.a=1&metadata.a=2",
		strings.TrimPrefix(strings.Repeat("&tool=x", listing.MaxValues+1), "&"),
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = listing.FromQuery(q)
		e := fault.Of(err)
		if e == nil || e.Code != "INVALID_REQUEST" || len(e.Details) != 1 || e.Details[0].Name != "parameter" {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if other := said[e.Message]; other != "" {
			t.Errorf("%s and %s are told the same: %s", query, other, e.Message)
		}
		said[e.Message] = query
	}
	q := url.Values{"tool": make([]string, listing.MaxValues)}
	for i := range q["tool"] {
		q["tool"][i] = fmt.Sprint("t", i)
	}
	if f, err := listing.FromQuery(q); err != nil || len(f.Tools) != listing.MaxValues {
		t.Errorf("%d tools: %v", len(f.Tools), err)
	}
}

func TestCursorsAreReadAsTheyWereWritten(t *testing.T) {
	at := protocol.Cursor{Created: time.UnixMilli(1_700_000_000_123), ID: job.ID{1, 2, 3, 15: 9}}
	if f, err := listing.FromQuery(url.Values{"cursor": {listing.Cursor(at)}}); err != nil || f.Before != at {
		t.Errorf("got %v, %v, want %v", f.Before, err, at)
	}
	if text := listing.Cursor(protocol.Cursor{}); text != "" {
		t.Errorf("after the last page: %q", text)
	}
}

func FuzzFromQuery(f *testing.F) {
	f.Add("status=success&limit=10&metadata.a=b&created_after=1")
	f.Add("cursor=AAAAAAAAAAAAAAAAAAAAAA&limit=201")
	f.Fuzz(func(t *testing.T, s string) {
		q, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		if filter, err := listing.FromQuery(q); err == nil && (filter.Limit < 1 || filter.Limit > listing.MaxJobs || filter.Owner != "") {
			t.Errorf("%q is taken as %+v", s, filter)
		}
	})
}
