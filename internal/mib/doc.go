// Package mib shows a running daemon as the MIB modules that keepalived answers for: KEEPALIVED-MIB,
// VRRP-MIB (RFC 2787) and VRRPV3-MIB (RFC 6527), and makes their notifications.
//
// A Snapshot, the model and the states of the processes at one moment, goes in; a View, which answers for
// every variable, comes out. A View is made without looking at any row: a table is a list of rows and one
// function a column, so that a walk over ten thousand virtual servers never has all variables in memory.
// Objects, indices, syntax and the meaning of values are keepalived 2.4.3's, as a walk shows them; where
// the standard modules say otherwise, keepalived counts.
//
// Nothing here reads a clock, a file or the kernel.
package mib
