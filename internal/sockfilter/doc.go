// Package sockfilter gives sockets a program of the classic packet filter (BPF), by which the kernel drops what
// nobody here wants to be woken for.
package sockfilter
