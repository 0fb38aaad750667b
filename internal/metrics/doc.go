// Package metrics is the running state as Prometheus series. The names and labels of
// mehdy/keepalived-exporter come first, with the same values, so that boards and alerts made for it go on;
// what that exporter cannot see follows.
//
// A Gatherer asks for the state once for each scrape and keeps nothing. It belongs to the parent process;
// no series is ever counted on the way of an advertisement.
package metrics
