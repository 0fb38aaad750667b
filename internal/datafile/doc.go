// Package datafile writes the files keepalived.data, keepalived_check.data, keepalived_bfd.data and
// keepalived_parent.data, the dumps that SIGUSR1 asks for, in the layout of keepalived 2.4.3, and
// keepalived.json. Programs parse them, so label, order and indentation are an interface.
//
// What the file says comes from the model, what happens comes from a status, which may be nil: then
// everything is as before the first event. Passwords and keys are never written. The functions write
// to a Writer in memory and cannot fail; nothing here reads a clock, a file or the kernel.
package datafile
