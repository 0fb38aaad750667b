// Package smtp is SMTP_CHECK: it has a mail server greet, greets back and leaves.
//
// The dialogue decides on what arrives and knows no socket; the checker reads and writes for it. Each
// step has a connect_timeout of its own, as in keepalived, and a reply has a limit, so that a server
// that sends for ever ends the check and not the memory.
package smtp
