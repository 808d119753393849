// Package xmlform reads and writes XML 1.0 (fifth edition) with Namespaces in XML 1.0. It
// has a tokenizer of its own, which checks that a document is well-formed while it streams,
// and on top of it a formatter, a minifier, and a reader and a writer of values;
// docs/CONVERSIONS.md has their rules.
//
// Nothing is expanded and nothing is fetched: of entities only the five predefined ones and
// references to characters are known. A document type is checked and kept, and not applied.
package xmlform

// format is the name in faults.
const format = "XML"

// Limits, beyond which a document is refused as too large.
const (
	maxDepth      = 10_000   // of elements in each other
	maxAttributes = 10_000   // of an element
	maxToken      = 16 << 20 // bytes of a tag, or of a document type
	maxNames      = 8 << 20  // bytes of the names of the open elements, and of the namespaces that they declare
)
