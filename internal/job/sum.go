package job

import (
	"hash"

	"github.com/cespare/xxhash/v2"
)

// NewInputSum returns the hash whose Sum64 is an input's Ready.InputSum. It is
// fast and keeps no secret: whoever makes two inputs with one sum harms only
// their own.
func NewInputSum() hash.Hash64 { return xxhash.New() }

// InputSum is the sum of an input in memory.
func InputSum(input []byte) int64 { return int64(xxhash.Sum64(input)) } //nolint:gosec // any 64 bits will do
