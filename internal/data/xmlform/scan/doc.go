// Package scan reads XML 1.0 (fifth edition) with Namespaces in XML 1.0 token by token, and
// checks that it is well-formed. It streams: it keeps the token and 128 KiB.
//
// Nothing is expanded and nothing is fetched: of entities only the five predefined ones and
// references to characters are known. A document type is checked, and not applied but for the
// namespaces that it declares.
package scan

// format is the name in faults.
const format = "XML"

// Limits, beyond which a document is refused as too large.
const (
	MaxDepth      = 10_000   // of elements in each other
	MaxAttributes = 10_000   // of an element
	MaxNames      = 8 << 20  // bytes of the names of the open elements, and of the namespaces that they declare
	maxToken      = 16 << 20 // bytes of a tag, or of a document type
)
