// Package tus has no code, only tests: in them clients of the tus protocol that
// others made (npm tus-js-client in Node, @uppy/tus in headless Chromium) send files
// to a real server while the line is cut and the server is killed, and a job
// says what arrived. What other judges do is in the folder above.
package tus
