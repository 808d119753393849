// Package percent writes text so that it can stand in a URL, and reads it again: the
// percent-encoding of RFC 3986, of the bytes that the text has in UTF-8. It streams.
//
// Letters, digits, -, ., _ and ~ are left alone, which is what the RFC calls unreserved, and all
// else is written as % and two digits in upper case; a space too, which is %20. A + is a +: that it
// means a space is of HTML forms, not of URLs.
package percent
