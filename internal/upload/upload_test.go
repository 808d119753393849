package upload_test

import (
	"errors"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/upload"
)

func TestAnUploadThatNobodyToldOfIsFound(t *testing.T) {
	b := newBench(t)
	p := b.form(account.Plan{})
	if _, err := b.uploads.Find(t.Context(), "ann", account.Plan{}, p.Upload.Key()); !fault.IsCode(err, "FILE_NOT_FOUND") {
		t.Errorf("before it arrived: %v", err)
	}
	b.arrive(p, "12345")
	u, err := b.uploads.Find(t.Context(), "ann", account.Plan{}, p.Upload.Key())
	if err != nil || !u.Done || u.Size != 5 || u.ETag == "" {
		t.Errorf("got %+v, %v", u, err)
	}
	if has := b.has(); has != (account.Counts{StoredBytes: 5}) {
		t.Errorf("got %+v", has)
	}
	if err := b.uploads.Finish(t.Context(), u.ID, account.Plan{}, upload.File{Size: 7, ETag: "other"}); !errors.Is(err, upload.ErrExists) {
		t.Errorf("a second end: %v", err)
	}
}

func TestArrivedUploadsDoNotCountAsPending(t *testing.T) {
	b := newBench(t)
	plan := account.Plan{MaxPendingUploads: 2}
	first, second := b.form(plan), b.form(plan)
	if _, err := b.uploads.Begin(t.Context(), "ann", plan, "a.json"); !fault.IsCode(err, "TOO_MANY_UPLOADS") {
		t.Fatalf("got %v, want TOO_MANY_UPLOADS", err)
	}
	b.arrive(first, "1")
	b.form(plan)
	b.arrive(second, "2")
	b.form(plan)
	if has := b.has(); has.PendingUploads != 2 || has.StoredBytes != 2 {
		t.Errorf("got %+v", has)
	}
}

func TestAFormSaysHowMuchRoomThereIs(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		plan account.Plan
		want int64
	}{
		{account.Plan{}, 0},
		{account.Plan{MaxInputBytes: 10}, 10},
		{account.Plan{MaxStoredBytes: 10}, 10},
		{account.Plan{MaxInputBytes: 10, MaxStoredBytes: 100}, 10},
		{account.Plan{MaxInputBytes: 100, MaxStoredBytes: 10}, 10},
	} {
		if got := b.form(c.plan).MaxBytes; got != c.want {
			t.Errorf("%+v: got %d, want %d", c.plan, got, c.want)
		}
	}
	full := b.form(account.Plan{})
	b.arrive(full, "0123456789")
	if _, err := b.uploads.Find(t.Context(), "ann", account.Plan{MaxStoredBytes: 9}, full.Upload.Key()); !fault.IsCode(err, "STORAGE_FULL") {
		t.Errorf("got %v, want STORAGE_FULL", err)
	}
	if _, err := b.uploads.Find(t.Context(), "ann", account.Plan{}, full.Upload.Key()); err != nil {
		t.Error(err)
	}
	if got := b.form(account.Plan{MaxStoredBytes: 13}).MaxBytes; got != 3 {
		t.Errorf("got room for %d, want 3", got)
	}
	if _, err := b.uploads.Begin(t.Context(), "ann", account.Plan{MaxStoredBytes: 10}, "a.json"); !fault.IsCode(err, "STORAGE_FULL") {
		t.Errorf("got %v, want STORAGE_FULL", err)
	}
}
