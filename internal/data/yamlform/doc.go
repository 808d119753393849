// Package yamlform reads, writes and lays out YAML 1.2 by the events of package yamlparse.
// It keeps its whole input in memory, and beside it only what its anchors name.
package yamlform
