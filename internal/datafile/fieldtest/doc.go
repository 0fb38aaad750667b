// Package fieldtest compares two dumps in keepalived's layout field by field, for tests. A field is a
// line of the dump with the lines that it stands under. What tells of a time, a process, a counter or
// a machine is left out by tables of which each entry has a reason.
package fieldtest
