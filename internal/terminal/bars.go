package terminal

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"claimcheck/internal/foreign"
)

const (
	refresh      = 100 * time.Millisecond
	labelColumns = 24 // of a bar's name; a longer one is cut
)

// Shows reports whether w is a terminal, on which bars can be drawn.
func Shows(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && Is(f)
}

// Columns is how wide a terminal is, and 80 of whatever is none.
func Columns(w io.Writer) int {
	const usual = 80
	f, ok := w.(*os.File)
	if !ok || !Is(f) {
		return usual
	}
	width, _, err := cupwriter.New(f, false).GetTermSize()
	if err != nil || width <= 0 {
		return usual
	}
	return width
}

// Bars are drawn on the last lines of a terminal. Nil draws nothing, so that a
// program need not ask where it writes to. It is safe for concurrent use.
type Bars struct {
	out   *os.File
	frame chan any       // a value has them drawn
	ticks sync.WaitGroup // the goroutine that draws them from time to time
	stop  chan struct{}  // closed to end it
	gone  chan any       // closed when nothing can be drawn any more

	mu   sync.Mutex // guards the fields below
	draw *mpb.Progress
	bars []*mpb.Bar // that have not been ended
}

// NewBars returns bars on a terminal, and nil where out is none or the user wants
// to see nothing. Whoever makes them closes them before anything else is written
// there; meanwhile [Bars.Say] writes above them.
func NewBars(out io.Writer, quiet bool) *Bars {
	if quiet || !Shows(out) {
		return nil
	}
	f, _ := out.(*os.File) // Shows has looked
	b := &Bars{out: f, frame: make(chan any), stop: make(chan struct{}), gone: make(chan any)}
	b.draw = mpb.New(mpb.WithOutput(f), mpb.WithManualRefresh(b.frame), mpb.WithShutdownNotifier(b.gone))
	b.ticks.Go(b.tick)
	return b
}

// tick has the bars drawn from time to time.
func (b *Bars) tick() {
	t := time.NewTicker(refresh)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			b.redraw(now)
		case <-b.stop:
			return
		}
	}
}

// redraw draws the bars as they are.
func (b *Bars) redraw(now time.Time) {
	select {
	case b.frame <- now:
	case <-b.gone: // the terminal is
	}
}

// Say writes a line of the program's own words above the bars.
func (b *Bars) Say(line string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draw == nil {
		_, _ = fmt.Fprintln(b.out, line) // whoever reads bars sees that it is gone
		return
	}
	_, _ = fmt.Fprintln(b.draw, line)
}

// Close takes the bars off the terminal and returns when they are gone. What is
// done with them afterwards is not shown.
func (b *Bars) Close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draw == nil {
		return
	}
	close(b.stop)
	b.ticks.Wait()
	b.redraw(time.Now()) // as things are now, with what was said
	for _, bar := range b.bars {
		bar.Abort(true)
	}
	b.redraw(time.Now()) // without them
	b.draw.Shutdown()
	b.draw = nil
}

// A Unit is what a bar counts.
type Unit int

// The units of bars.
const (
	Bytes   Unit = iota // shown as 1.5 MiB / 3.0 MiB
	Percent             // of 100
	Things              // shown as 3 of 12
)

// A Bar shows how far one thing is. Nil shows nothing. It is safe for concurrent
// use.
type Bar struct {
	bar *mpb.Bar

	mu   sync.Mutex // guards the field below
	note string
}

// Add draws a bar below the others until it is ended: what it is about, which may
// be foreign text, and what is being done.
func (b *Bars) Add(label, doing string, unit Unit) *Bar {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draw == nil {
		return nil
	}
	bar := &Bar{note: doing}
	var total int64
	if unit == Percent {
		total = 100
	}
	bar.bar = b.draw.New(0, mpb.BarStyle(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(shownLabel(label), decor.WCSyncSpaceR), decor.Any(bar.doing, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(counted(unit), decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace)))
	bar.bar.SetTotal(total, false)
	b.bars = append(slices.DeleteFunc(b.bars, (*mpb.Bar).Aborted), bar.bar)
	return bar
}

// shownLabel makes a name harmless and short.
func shownLabel(label string) string {
	return runewidth.Truncate(foreign.Text(label).String(), labelColumns, "…")
}

// counted says in the bar's unit how far it is.
func counted(unit Unit) decor.Decorator {
	return decor.Any(func(s decor.Statistics) string {
		switch {
		case unit == Percent:
			return fmt.Sprintf("%d %%", s.Current)
		case unit == Things:
			return fmt.Sprintf("%d of %d", s.Current, s.Total)
		case s.Total > 0:
			return Size(s.Current) + " / " + Size(s.Total)
		default:
			return Size(s.Current)
		}
	}, decor.WCSyncSpace)
}

// Size is a number of bytes for people, with one digit after the point from a
// KiB on.
func Size(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 1024 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", f, units[unit])
}

// Doing says what is being done now.
func (b *Bar) Doing(what string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note = what
}

func (b *Bar) doing(decor.Statistics) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.TrimSpace(foreign.Text(b.note).String())
}

// Set says how much of how much is done; a total of 0 and less is not
// known.
func (b *Bar) Set(done, total int64) {
	if b == nil {
		return
	}
	b.bar.SetTotal(max(total, 0), false)
	b.bar.SetCurrent(done)
}

// End takes the bar away. It may be called again.
func (b *Bar) End() {
	if b != nil {
		b.bar.Abort(true)
	}
}
