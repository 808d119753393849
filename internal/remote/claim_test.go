package remote_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/remote"
)

// waitingClaim is a program's claim that waits for at most wait; after synctest.Wait
// it does.
func (s *shop) waitingClaim(wait time.Duration) <-chan []remote.Lease {
	got := make(chan []remote.Lease, 1)
	go func() {
		ctx, cancel := context.WithTimeout(s.t.Context(), wait)
		defer cancel()
		leases, err := s.desk.Claim(ctx, s.t.Context(), remote.Wish{KeyID: "k", Tools: []string{"far"}, Max: 1, Worker: "w"})
		if err != nil {
			s.t.Error(err)
		}
		got <- leases
	}()
	return got
}

func TestAClaimThatWaitsIsWokenByANewJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		got := s.waitingClaim(20 * time.Second)
		synctest.Wait()
		began := time.Now()
		id := s.submit()
		if l := <-got; len(l) != 1 || l[0].Job != id || time.Since(began) != 0 {
			t.Errorf("leases %+v after %s, want the job at once", l, time.Since(began))
		}
	})
}

func TestAClaimThatWaitsInVainGetsNothingInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		began := time.Now()
		if l := <-s.waitingClaim(20 * time.Second); len(l) != 0 || time.Since(began) != 20*time.Second {
			t.Errorf("leases %+v after %s, want none after 20s", l, time.Since(began))
		}
	})
}
