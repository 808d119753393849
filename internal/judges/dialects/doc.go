// Package dialects has no code, only a test: the same stories of jobs are told in
// every dialect, to a whole server on each store, and must be the same. A story is
// what a client sees of a job from handing it in to what it was charged; rows of
// a table are stories, and a dialect is one row of another (see speaker). How each
// dialect words things is for the tests of its own package.
package dialects
