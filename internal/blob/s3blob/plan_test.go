package s3blob_test

import (
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/blob/s3blob"
)

func TestAPlanHasEveryByteOnceAndPartsThatS3Takes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(s3blob.MinPartBytes-2, s3blob.MinPartBytes+2), rapid.Int64Range(0, 3*s3blob.MinPartBytes),
			rapid.Int64Range(s3blob.CopyBytes-2, s3blob.CopyBytes+2), rapid.Int64Range(0, 3*s3blob.CopyBytes), rapid.Int64Range(0, 4<<40))
		sizes := rapid.SliceOfN(size, 0, 40).Draw(t, "sizes")
		at := make([]int64, len(sizes))
		file := 0
		parts := s3blob.Plan(sizes)
		for i, spans := range parts {
			bytes := int64(0)
			for _, s := range spans {
				for file < s.File {
					if at[file] != sizes[file] {
						t.Fatalf("%d bytes of %d of file %d", at[file], sizes[file], file)
					}
					file++
				}
				if s.File != file || s.From != at[file] || s.N <= 0 {
					t.Fatalf("part %d has %+v, want file %d from %d", i, s, file, at[file])
				}
				at[file] += s.N
				bytes += s.N
			}
			if bytes < s3blob.MinPartBytes && i < len(parts)-1 || len(spans) > 1 && bytes >= 2*s3blob.MinPartBytes || bytes > 5<<30 {
				t.Fatalf("part %d of %d, with %d spans, has %d bytes", i, len(parts), len(spans), bytes)
			}
		}
		for i := range sizes {
			if at[i] != sizes[i] {
				t.Fatalf("%d bytes of %d of file %d", at[i], sizes[i], i)
			}
		}
		if len(parts) > s3blob.MaxParts {
			t.Fatalf("%d parts", len(parts))
		}
	})
}

func TestPartsSufficeForADeclaredSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, s3blob.MinPartBytes, 10_000 * s3blob.MinPartBytes, 10_000*s3blob.MinPartBytes + 1, 1 << 40, 5 << 40} {
		part := s3blob.PartBytesFor(size)
		if parts := (size + part - 1) / part; part < s3blob.MinPartBytes || parts > s3blob.MaxParts {
			t.Errorf("%d bytes need %d parts of %d", size, parts, part)
		}
	}
	if s3blob.PartBytesFor(-1)*s3blob.MaxParts < 100<<30 {
		t.Error("a file of unknown size cannot have 100 GiB")
	}
}
