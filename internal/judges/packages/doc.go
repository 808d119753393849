// Package packages has no code, only tests: in them the client packages in Python
// and TypeScript, in Node and in headless Chromium, use a real server. One table of
// stories is told in each language and must end alike, so that the packages cannot
// differ. The line between is cut and the server killed where the story wants it.
// The packages' own tests, their types and the commands of their documents are
// judged too, and so are the receivers of webhooks in examples, by real calls.
package packages
