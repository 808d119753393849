// Command grafana prints the dashboard that is committed beside it, made from its
// table of panels:
//
//	go run ./deploy/grafana > deploy/grafana/claimcheck.json
package main
