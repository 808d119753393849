package pg

import (
	"log/slog"
	"testing"
)

func TestASnapshotTellsWhoHadEnded(t *testing.T) {
	const era = int64(7) << 32 // numbers of rows are modulo 2³²
	s, err := parseSnapshot("30064771070:30064771082:30064771075,30064771080")
	if err != nil {
		t.Fatal(err)
	}
	if s.all != era-2 || s.below != era+10 || len(s.except) != 2 {
		t.Fatalf("got %+v", s)
	}
	for tx, want := range map[int64]bool{
		era - 2: true, era - 1: true, era + 2: true, era + 3: false, era + 8: false, era + 9: true, era + 10: false, era + 500: false,
		era - 1<<31 + 11: true, // the oldest that can be told from a later one
	} {
		if got := s.had(uint32(tx)); got != want {
			t.Errorf("transaction %d: got %t, want %t", tx, got, want)
		}
	}
	if s, err := parseSnapshot("5:5:"); err != nil || !s.had(4) || s.had(5) {
		t.Errorf("nobody runs: %+v, %v", s, err)
	}
	for _, text := range []string{"", "5:5", "a:5:", "5:a:", "5:9:a"} {
		if _, err := parseSnapshot(text); err == nil {
			t.Errorf("%q is a snapshot", text)
		}
	}
}

// TestTransactionsThatAreCountedAnewAreNotConfirmed: the database was restored
// from a dump while this process went on.
func TestTransactionsThatAreCountedAnewAreNotConfirmed(t *testing.T) {
	p := newPulse(&DB{o: Options{Log: slog.New(slog.DiscardHandler)}})
	p.note(&mark{tx: 5_000_000, snapshot: "5000000:5000000:", copied: true})
	p.note(&mark{tx: 4_999_990, snapshot: "4999980:4999990:4999985", copied: true}) // told late
	if p.open(4_999_999) || p.open(5_000_000) {
		t.Error("what was confirmed is not any more")
	}
	p.note(&mark{tx: 1001, snapshot: "1000:1001:", copied: true})
	for tx, open := range map[uint32]bool{999: false, 1001: false, 1002: true, 5_000_000: true} {
		if p.open(tx) != open {
			t.Errorf("transaction %d: open %v, want %v", tx, !open, open)
		}
	}
}
