// Package metrics is the running state as Prometheus series. The names and labels of
// mehdy/keepalived-exporter come first, with the same values, so that boards and alerts made for it go on;
// what that exporter cannot see follows.
//
// A scrape asks for the state once and keeps nothing but the answer, for a second. It belongs to the parent process;
// no series is ever counted on the way of an advertisement.
package metrics
