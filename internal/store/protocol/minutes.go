package protocol

import (
	"context"
	"time"
)

// Minutes is the store of what is counted for operators: rows of one minute, or of
// several, and one tool each. Every process writes rows of its own, whole ones in
// place of what it wrote before, so that writing one again counts nothing twice, and
// rows of the same time add up.
type Minutes interface {
	// SaveMinutes keeps rows, each in place of an older one with its Length, At, Tool
	// and Writer: all of them, or on error none.
	SaveMinutes(ctx context.Context, rows []Minute) error
	// Minutes returns up to limit rows of a length that begin before a time, by At, then
	// Tool in an order of the store's own, then Writer: those after the given one, of
	// which these and Length count; it need not be there.
	Minutes(ctx context.Context, after Minute, before time.Time, limit int) ([]Minute, error)
	// DropMinutes removes up to limit rows of a length that begin before one time or
	// after another and returns how many went. While there are none it only reads.
	DropMinutes(ctx context.Context, length int, before, after time.Time, limit int) (int, error)
}

// MinuteLengths are the lengths of rows that there are, each a multiple of those
// before it. Everything that is counted is in one row of each.
func MinuteLengths() []int { return []int{1, 5, 30} }

// MinutesKept is for how long what was counted can be asked for.
const MinutesKept = 8 * 24 * time.Hour

// A Minute is what one process counted of one tool in a minute, or in several.
type Minute struct {
	Length int       // in minutes
	At     time.Time // when it began
	Tool   string    // empty for what is not of a tool
	Writer int64     // names the process that counted; chosen at random

	Accepted  int64
	Succeeded int64
	Failed    int64
	Detail    []byte // what else was counted, in words of who made it
}
