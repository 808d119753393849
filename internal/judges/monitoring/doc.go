// Package monitoring has no code, only tests: in them promtool, which knows nothing
// of claimcheck, judges the metrics of real servers and the rules of
// deploy/prometheus, and what these and the dashboard of deploy/grafana name is held
// to what the servers tell.
//
// Without promtool its tests are skipped, or fail where skips are forbidden (package
// testneeds); needs.sh installs it.
package monitoring
