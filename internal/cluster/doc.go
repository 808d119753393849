// Package cluster tests many servers and workers on one PostgreSQL: real
// processes that are killed, stopped and cut off while a load runs. It has
// nothing but tests.
package cluster
