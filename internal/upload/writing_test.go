package upload_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

func TestALeaseEndsWithItsServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		alone bool
		after time.Duration
	}{
		{"of several", false, 10 * time.Second},
		{"of one, which was started again", true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inYard(t, func(y *yard) {
				t := y.t
				s := y.server(c.alone)
				r := y.begin(s, 9)
				began := time.Now()
				y.write(r, func(s *job.Resume) { s.Writer, s.Until = "dead-1", began.Add(10*time.Second).UnixMilli() })
				y.add(s, r, 0, "abc")
				if took := time.Since(began); took < c.after || took > c.after+time.Second {
					t.Errorf("it took %v, want %v", took, c.after)
				}
			})
		})
	}
}

// TestAWriterLivesAndLetsGoWhenAsked: by another server, through the store.
func TestAWriterLivesAndLetsGoWhenAsked(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		here, there := y.server(false), y.server(false)
		r := y.begin(here, 9)
		asked := make(chan struct{})
		w, err := here.Take(t.Context(), "ann", account.Plan{}, r.Upload.ID, func() { close(asked) })
		y.must(err)
		pass(time.Minute) // many times the lease
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		go func() {
			<-asked
			pass(time.Second)
			w.Release()
		}()
		began := time.Now()
		other, err := there.Take(ctx, "ann", account.Plan{}, r.Upload.ID, nil)
		y.must(err)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the lease changed hands after %v", took)
		}
		defer other.Release()
		<-w.Released()
		if _, err := w.Append(t.Context(), 0, strings.NewReader("abc")); err == nil {
			t.Error("who has let go still writes")
		}
	})
}

func TestWhoDoesNotLetGoKeepsOthersOut(t *testing.T) {
	for _, same := range []bool{true, false} {
		inYard(t, func(y *yard) {
			t := y.t
			here := y.server(false)
			there := here
			if !same {
				there = y.server(false)
			}
			r := y.begin(here, 9)
			w := y.take(here, r)
			defer w.Release()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := there.Take(ctx, "ann", account.Plan{}, r.Upload.ID, nil); !fault.IsCode(err, "UPLOAD_LOCKED") {
				t.Errorf("got %v, want UPLOAD_LOCKED", err)
			}
			if !w.Wanted() {
				t.Error("nobody asked")
			}
			n, err := w.Append(t.Context(), 0, strings.NewReader("abc"))
			if err != nil || n != 3 {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
}

// TestALostLeaseAcknowledgesNothing: somebody else has the row by now.
func TestALostLeaseAcknowledgesNothing(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(false)
		r := y.begin(s, 9)
		w := y.take(s, r)
		defer w.Release()
		y.write(r, func(s *job.Resume) { s.Writer = "other-1" })
		pass(5 * time.Second)
		if !w.Wanted() {
			t.Error("the writer was not told")
		}
		if _, err := w.Append(t.Context(), 0, strings.NewReader("abc")); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("got %v, want a lost lease", err)
		}
		if got := y.state(r).Writer; got != "other-1" {
			t.Errorf("the row is %q's", got)
		}
	})
}

// TestAWriterKeepsItsUploadFromExpiring, however long it takes.
func TestAWriterKeepsItsUploadFromExpiring(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r := y.begin(s, 9)
		w := y.take(s, r)
		from, to := io.Pipe()
		go func() {
			_, _ = io.WriteString(to, "abc")
			pass(3 * time.Hour)
			_ = to.Close()
		}()
		n, err := w.Append(t.Context(), 0, from)
		w.Release()
		if err != nil || n != 3 {
			t.Fatalf("got %d, %v", n, err)
		}
		u, err := y.store.Upload(t.Context(), r.Upload.ID)
		y.must(err)
		if left := time.Until(u.Expires); left != time.Hour {
			t.Errorf("%v are left after the last byte", left)
		}
	})
}
