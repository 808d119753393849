// Package xls reads workbooks of Excel 97 to 2003 (.xls): records of BIFF8 ([MS-XLS]) in a
// compound file ([MS-CFB]). It reads what is in cells and how dates are told from numbers, and
// nothing else. Files are never trusted: chains of sectors end, lengths are those that are there.
package xls
