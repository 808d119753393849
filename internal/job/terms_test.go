package job_test

import (
	"testing"
	"time"

	"claimcheck/internal/job"
)

func TestTermsAreReadAsTheyWereWritten(t *testing.T) {
	at := time.UnixMilli(1_712_345_678_901).UTC()
	all := job.Terms{
		StartBy: at, FinishBy: at.Add(time.Hour), Retention: time.Minute, RetentionFailed: 25 * time.Hour,
		DeleteOnRead: true, OutputURL: "https://bucket.example/a?X-Amz-Signature=b&c=%20", OutputName: "naïve \" name.txt",
	}
	for _, terms := range []job.Terms{{}, all, {FinishBy: at}, {DeleteOnRead: true}} {
		got, err := job.ParseTerms(terms.Encode())
		if err != nil || got != terms {
			t.Errorf("%+v was read as %+v, %v", terms, got, err)
		}
		j := job.Job{Terms: terms.Encode()}
		if j.Asked() != terms {
			t.Errorf("a job with %+v asks for %+v", terms, j.Asked())
		}
	}
	if (&job.Terms{}).Encode() != nil {
		t.Error("asking for nothing is kept")
	}
	if got := all.Again(); !got.StartBy.IsZero() || !got.FinishBy.IsZero() || got.Retention != all.Retention || got.OutputURL != all.OutputURL {
		t.Errorf("tried again with %+v", got)
	}
	if _, err := job.ParseTerms([]byte("\xff")); err == nil {
		t.Error("bytes that are no terms were read")
	}
}
