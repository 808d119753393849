// Package grid has what all workbooks share, whatever their files are like: which sheets are
// read, how cells become rows, what numbers are dates, and how a fault names a cell. It reads
// no file.
package grid
