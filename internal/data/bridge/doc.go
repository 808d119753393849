// Package bridge makes tables of a value, and a value of tables; docs/CONVERSIONS.md has
// its rules. Between the two it keeps only what it must: the rows of a value are kept aside,
// beyond a size in a file, until the names of all their columns are known.
package bridge
