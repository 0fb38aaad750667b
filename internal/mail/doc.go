// Package mail sends the alerts of keepalived's notification_email and smtp_* keywords.
//
// Alerts wait in a bounded queue, of which the oldest give way, and go out in their order from one
// goroutine, those that wait together over one connection. The name of the mail server is looked up
// when a connection is made. An attempt that fails is repeated a few times, after longer and longer
// waits. Nobody who hands in an alert ever waits. As in keepalived there is no TLS and no login: the
// server is meant to be a relay of the site.
package mail
