// Package logsink takes log entries from zap to syslog, to the console and to a file, with the
// text and the identities that scripts written for keepalived look for.
//
// The goroutine that logs never waits: it formats the entry and leaves it in a bounded queue, from
// which one goroutine writes. When the queue is full the entry is dropped and counted; the count is
// logged as soon as there is room. A syslog daemon that stalls therefore cannot stop VRRP.
package logsink
