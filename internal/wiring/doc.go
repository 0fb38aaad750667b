// Package wiring turns a configuration into what the processes work with: speaker.Settings for the
// VRRP process, director.Settings for the LVS process. Here and nowhere else the parsed types meet
// the running ones, so that a new keyword cannot reach into a state machine.
//
// It decides which virtual server follows which instance (Gate). It does no I/O.
package wiring
