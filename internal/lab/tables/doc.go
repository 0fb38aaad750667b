// Package tables compares the IPVS table that Holdfast makes with the one that Debian's keepalived makes of
// the same files, in the same kernel. It has tests only; they need a kernel with IPVS.
package tables
