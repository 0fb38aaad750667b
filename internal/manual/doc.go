// Package manual writes manual pages in the man macros of roff: keepalived.conf(5) from the keyword
// table, and what pages of programs are made of.
//
// The pages in packaging/man are written by the tests of the packages that know their contents
// (go test -update); a test holds each to what the program is.
package manual
