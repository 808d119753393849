package jsform_test

import (
	"strings"
	"testing"

	"claimcheck/internal/data/jsform"
)

// program is a text of about a MiB.
var program = strings.Repeat(`// A comment of some length that says what follows.
function convert(input, { width = 80, ...rest } = {}) {
  const lines = input.split(/\r?\n/).map((line) => line.trim());
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === "" || rest.skip?.has(lines[i])) continue;
    lines[i] = `+"`${lines[i].slice(0, width)}`"+`;
  }
  return { lines, count: lines.length, longest: Math.max(...lines.map((l) => l.length)) };
}
`, 2000)

func BenchmarkLayout(b *testing.B) {
	run(b, func(src string) (string, error) { return jsform.Layout(src, 2) })
}

func BenchmarkCompact(b *testing.B) { run(b, jsform.Compact) }

func run(b *testing.B, do func(src string) (string, error)) {
	b.Helper()
	b.SetBytes(int64(len(program)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := do(program); err != nil {
			b.Fatal(err)
		}
	}
}
