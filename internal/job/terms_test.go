package job_test

import (
	"testing"
	"time"

	"claimcheck/internal/job"
)

func TestTermsAreReadAsTheyWereWritten(t *testing.T) {
	at := time.UnixMilli(1_712_345_678_901).UTC()
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	all := job.Terms{
		StartBy: at, FinishBy: at.Add(time.Hour), Retention: time.Minute, RetentionFailed: 25 * time.Hour,
		DeleteOnRead: true, OutputURL: "https://bucket.example/a?X-Amz-Signature=b&c=%20", OutputName: "naïve \" name.txt", Trace: trace + " a=b",
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
	if got := all.Again(); !got.StartBy.IsZero() || !got.FinishBy.IsZero() || got.Retention != all.Retention || got.OutputURL != all.OutputURL || got.Trace != "" {
		t.Errorf("tried again with %+v", got)
	}
	old := job.Job{Ready: &job.Ready{TraceParent: trace}}
	if old.TraceContext() != trace {
		t.Errorf("a job of an earlier version is part of %q", old.TraceContext())
	}
	old.Terms, old.Ready = all.Encode(), nil
	if old.TraceContext() != trace+" a=b" || old.TraceParent() != trace {
		t.Errorf("a finished job is part of %q", old.TraceContext())
	}
	if _, err := job.ParseTerms([]byte("\xff")); err == nil {
		t.Error("bytes that are no terms were read")
	}
}
