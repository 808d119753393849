// Package htmltable writes tables as an HTML document that stands for itself: styled, in
// light and dark, readable by those who only hear it. It does not read HTML.
package htmltable
