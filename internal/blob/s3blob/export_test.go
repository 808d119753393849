package s3blob

// What tests look at from outside.
const (
	MinPartBytes = minPartBytes
	MaxParts     = maxParts
	CopyBytes    = copyBytes
)

// PartBytesFor is how large the parts of a file of a size are.
func PartBytesFor(size int64) int64 { return partBytesFor(size) }

// A Span is a range of one of the files that are joined.
type Span struct {
	File    int
	From, N int64
}

// Plan says which spans each part of a joined file has.
func Plan(sizes []int64) (parts [][]Span) {
	for _, spans := range plan(sizes) {
		var part []Span
		for _, s := range spans {
			part = append(part, Span{s.file, s.from, s.n})
		}
		parts = append(parts, part)
	}
	return parts
}
