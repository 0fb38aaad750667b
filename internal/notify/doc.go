// Package notify decides who is told of what happens in VRRP and LVS, with keepalived's texts and
// order, and tells them: notify scripts, FIFOs and mail.
//
// Teller and TellLVS decide and do nothing else. Runner, in the parent process, does what they say:
// scripts run beside one another, each instance's in order; a line for a FIFO is written at once or
// dropped; mails wait in a queue of their own. So nothing that is told can delay an advertisement or a
// check, and a script, a reader or a mail server that hangs delays nobody else.
package notify
