package console_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/internal/serverproc"
)

// Times are not judged here, where other tests run beside: they are said, for
// docs/PERFORMANCE.md.
const (
	fewJobs  = 500 // of the list, unless CLAIMCHECK_TEST_CONSOLE_JOBS says how many
	fewViews = 1   // of which the median is said
	allViews = 15  // the same, where it was said how many jobs there are to be
)

// TestTimes measures the first view in a browser that has nothing of it, and a page
// of a long list.
func TestTimes(t *testing.T) {
	jobs, views := fewJobs, fewViews
	if text := os.Getenv("CLAIMCHECK_TEST_CONSOLE_JOBS"); text != "" { //nolint:forbidigo // tests have no configuration but their environment
		var err error
		if jobs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		views = allViews
	}
	folder, err := (&rig.Rig{Keep: filepath.Dir(serverproc.Folder(t)), Log: io.Discard}).StoredJobs(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	h := openHouse(t, folder.Data)
	h.key = h.Key(rig.Owner)
	for _, query := range []string{"", "&status=success", "&status=success&tool=json-formatter&created_after=1", "&metadata.customer=42"} {
		path := "/jobs?view=full&limit=100" + query
		var took []time.Duration
		for range views {
			began := time.Now()
			h.call(t, h.key, http.MethodGet, path, "")
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%s of %d jobs: %.1f ms, at most %.1f", path, jobs, ms(took[len(took)/2]), ms(took[len(took)-1]))
	}
	said := walk[struct{ First, Signed, List []float64 }](t, way{script: "times.mjs", server: h.URL, say: map[string]any{"key": h.key, "owner": rig.Owner, "views": views}})
	for name, all := range map[string][]float64{"the first view": said.First, "signed in, the first page": said.Signed, "a page of the list": said.List} {
		if len(all) != views {
			t.Fatalf("%s: %d times, want %d", name, len(all), views)
		}
		slices.Sort(all)
		t.Logf("%s in the browser: %.0f ms, at most %.0f", name, all[len(all)/2], all[len(all)-1])
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
