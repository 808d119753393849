// Package yamlparse is a parser of YAML 1.2. It tells the events of a source with where
// everything stands in it, so that what is laid out anew can be the source's own text.
// Its dialect is that of yaml-test-suite; docs/CONVERSIONS.md says where it is wider.
//
// Beside the source it keeps nothing but what a key of at most 1,024 characters may be.
package yamlparse
