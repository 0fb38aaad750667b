// Package dns is DNS_CHECK: one question by UDP, and any answer without an error is a success, as in
// keepalived: the answer may be empty, cut short or about something else.
//
// A datagram that does not have the question's id, or is a question itself, is no answer: the check goes
// on waiting, for the answer to an earlier question may come late to the same bind_port.
package dns
