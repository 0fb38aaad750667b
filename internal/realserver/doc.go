// Package realserver plans what makes a host a real server by DR or TUN: virtual addresses that it
// takes packets for and does not answer ARP for. Facts of the host and the model come in, steps come
// out, each with what undoes it; what is there already is no step. The package is pure; apply does the
// steps and remembers how to undo them.
package realserver
