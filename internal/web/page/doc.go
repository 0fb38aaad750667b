// Package page is the status page: what the daemon knows, in a browser, live.
//
// It shows a View, which is the state of the daemon in a form of its own with a version, made from
// what internal/control has. A stream of server-sent events carries it: the whole view whenever it has
// changed, the events of internal/control as they happen, and a beat that tells a quiet daemon from a
// lost one. docs/status-page.md describes all of it for who wants to read it with something else.
//
// The page is hand-written HTML, CSS and ES modules, embedded; it loads nothing from anywhere else and
// works under a policy that forbids inline scripts and styles. What it does, beyond showing, it does
// through actions of package web, which need the token.
package page
