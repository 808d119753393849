package webhook

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/fetch"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// Limits of the loop that no setting changes.
const (
	callTime   = 30 * time.Second // for one call, its answer read
	leaseTime  = 2 * callTime     // after it an unrecorded call is made again
	maxAnswer  = 64 << 10         // bytes read of an answer
	lookEvery  = 5 * time.Second  // beside being woken
	purgeEvery = 30 * time.Second
	purgeBatch = 500
	lookAt     = 40                     // targets of one owner and standing that a look reads: more than there are slots for
	lookShare  = 4                      // the next look begins after so many times as long as one took
	lookRest   = 250 * time.Millisecond // and after this at the latest
)

// A Caller makes guarded calls; *fetch.Client is one.
type Caller interface {
	// CheckURL judges an address by its text.
	CheckURL(text string) (*url.URL, error)
	// Do makes a call; every status is an answer.
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Config is what a Sender needs. All fields but Clock, Keys, Told, Paced, Trace and
// Members must be set.
type Config struct {
	Store   protocol.Outbox
	Jobs    Jobs
	Caller  Caller
	Render  Renderer
	Log     *slog.Logger
	Now     func() time.Time // the store's clock
	Clock   *clock.Clock     // the same, with a time beside it that never steps; nil: made from Now
	Random  io.Reader        // spreads attempts
	Version string           // told to receivers as claimcheck/<version>
	Bell    Bell             // wakes the sender
	Trace   *trace.Tracer    // nil: no spans are made

	// Members returns the trace contexts of some jobs of a group; it is asked where
	// spans are made, which have links to them.
	Members func(ctx context.Context, group job.GroupName, most int) ([]string, error)

	// Keys are those that sign an owner's calls with ed25519 at a time, the newest
	// first, and for an empty owner those that sign everybody's; nil: there are none.
	Keys func(owner string, now time.Time) []sign.WebhookKey

	// Told is told what became of an attempt that was recorded: delivered, retried (it
	// failed, and another comes) or failed (none comes); nil for nobody.
	Told func(end string)

	// Paced is told of a call that was due and waited for its webhook's pace; nil for
	// nobody.
	Paced func()
}

// A Sender takes deliveries from the outbox to their receivers. Owners take
// turns, each target has few slots, those of an owner are bounded, and targets
// that have not shown that they answer cannot take all of them: a slow or dead
// receiver delays nobody else, of its owner or of another.
type Sender struct {
	Config
	slots *slots
	looks time.Duration   // lookEvery; tests of long times have fewer looks
	doubt time.Time       // since when there are deliveries from the future; of Run alone
	life  context.Context //nolint:containedctx // of the calls, which outlive Run until Drain
	end   context.CancelFunc
	calls sync.WaitGroup
}

// NewSender returns a sender. Run must be called for it to send.
func NewSender(c Config) *Sender {
	if c.Clock == nil {
		c.Clock = clock.New(c.Now)
	}
	if c.Told == nil {
		c.Told = func(string) {}
	}
	if c.Paced == nil {
		c.Paced = func() {}
	}
	s := &Sender{Config: c, slots: newSlots(), looks: lookEvery}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Run begins calls until ctx is done. Calls that run then go on; see [Sender.Drain].
func (s *Sender) Run(ctx context.Context) {
	purge, look := time.NewTicker(max(purgeEvery, s.looks)), time.NewTicker(s.looks)
	defer purge.Stop()
	defer look.Stop()
	s.redate(ctx)
	for ctx.Err() == nil {
		began := time.Now()
		wait := s.dispatch(ctx)
		s.rest(ctx, min(lookShare*time.Since(began), lookRest))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.Bell:
		case <-timer.C:
		case <-purge.C:
			s.purge(ctx)
		case <-look.C:
			s.redate(ctx)
		}
		timer.Stop()
	}
}

// rest keeps looks from taking more than a share of a processor when very many
// receivers are due and have no slot, and events come all the time.
func (s *Sender) rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Drain waits for the calls that run, at most for patience; then it ends them,
// and they will be made again after the next start. Run must have returned.
func (s *Sender) Drain(patience time.Duration) {
	timer := time.AfterFunc(max(patience, 0), s.end)
	s.calls.Wait()
	timer.Stop()
	s.end()
}

// dispatch begins the calls that are due and have a slot, and returns how long
// to wait for the next.
func (s *Sender) dispatch(ctx context.Context) time.Duration {
	now := s.Now()
	targets, err := s.Store.DueTargets(ctx, now, lookAt)
	if err != nil {
		return s.trouble(ctx, "look for deliveries", err)
	}
	wait := s.looks
	if n := len(targets) - 1; n >= 0 && targets[n].Due.After(now) { // the next one
		wait = min(wait, targets[n].Due.Sub(now))
		targets = targets[:n]
	}
	wants := s.slots.take(targets)
	if len(wants) == 0 {
		return wait
	}
	claimed, err := s.Store.ClaimDeliveries(ctx, wants, leaseTime)
	taken := map[string]int{}
	for i := range claimed {
		d := &claimed[i]
		later := time.Duration(taken[d.Delivery.Target]) * d.Webhook.Gap() // its pace
		taken[d.Delivery.Target]++
		if d.Delivery.Paced {
			s.Paced()
		}
		s.calls.Go(func() { s.deliver(s.life, d, later) })
	}
	for _, w := range wants {
		s.slots.giveBack(w.Target, w.Most-taken[w.Target])
	}
	if err != nil {
		return s.trouble(ctx, "claim deliveries", err)
	}
	return wait
}

// purge removes expired deliveries in small batches, none while the clock is not
// to be believed.
func (s *Sender) purge(ctx context.Context) {
	now, ok := s.Clock.Believed()
	if !ok {
		return
	}
	for removed := purgeBatch; removed == purgeBatch && ctx.Err() == nil; {
		var err error
		if removed, err = s.Store.SweepDeliveries(ctx, now, purgeBatch); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "maintenance failed", "what", "deliveries", "err", err)
		}
	}
}

// redate makes deliveries due that a clock put off which was ahead and has been
// set back since. Before that every call that may have been on its way when the
// clock was set has had the time to be recorded.
func (s *Sender) redate(ctx context.Context) {
	now, limit := s.Clock.Steady(), 0
	if !s.doubt.IsZero() && now.Sub(s.doubt) >= leaseTime {
		limit = purgeBatch
	}
	some, err := s.Store.Redate(ctx, limit)
	switch {
	case err != nil:
		s.trouble(ctx, "look for deliveries from the future", err)
	case !some:
		s.doubt = time.Time{}
	case s.doubt.IsZero():
		s.doubt = now
	}
}

func (s *Sender) trouble(ctx context.Context, what string, err error) time.Duration {
	if ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "webhooks wait", "what", what, "err", err)
	}
	return lookEvery
}

// spread returns a random number in [0,1).
func (s *Sender) spread() float64 {
	var b [2]byte
	if _, err := io.ReadFull(s.Random, b[:]); err != nil {
		return 0
	}
	return float64(uint(b[0])<<8|uint(b[1])) / (1 << 16)
}

// targetOf is a claimed delivery's target.
func targetOf(d *protocol.Dispatch) string { return d.Delivery.Target }
