// Package script runs the commands that a configuration names: as their user, in a process group
// of their own, with a bounded life and keepalived's environment rules.
package script
