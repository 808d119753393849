// Package workbook writes workbooks in the form of Excel 2007 and later (.xlsx, ECMA-376),
// and reads these and those of Excel 97 to 2003 (.xls, by package xls below). Which of
// the two a workbook is, its first bytes say, never a name. Only values are read and
// written: a formula is read as its stored result, and nothing is calculated.
//
// Both parts of the work are our own: a workbook is written with as little memory as a row
// needs, and one that is read may not unpack to more than the limits here.
package workbook
