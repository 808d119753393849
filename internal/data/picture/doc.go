// Package picture converts images: JPEG, PNG, GIF and WebP into each other, and from and to
// Base64. It reads an image whole, looks at the size that its header tells before it makes room
// for it, and keeps one copy of it beside the one that is written.
//
// What is kept is what is to be seen: pixels upright as EXIF says, their transparency where the
// format has it. Metadata and colour profiles are not carried over.
package picture
