// Package hostinfo answers what the validation of a configuration has to know of this machine:
// interfaces, accounts, scripts, names of iproute2's tables.
//
// A Host sees one state: interfaces, accounts and tables are read once, at the first question. It
// is meant for one Load and one goroutine; a reload takes a new one.
package hostinfo
