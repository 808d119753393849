package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Released checks that no step of a schema was changed which databases have gone
// already: the sums of those are in released.sha256 of the steps' folder, in the
// form of sha256sum. A step is added there when it is released.
func Released(t *testing.T, folder string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(folder, "released.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Error("no step was released")
	}
	for line := range strings.Lines(string(list)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		script, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(script); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s was released and is not what it was; what is to differ is a step of its own", name)
		}
	}
}
