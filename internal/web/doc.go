// Package web serves HTTP for the daemon's parent process: it opens the listeners that the
// configuration asks for, none by default, and guards what is mounted on them.
//
// What is guarded: only GET and HEAD are answered, except for actions, which are POST and need the
// bearer token; every connection, header, body and time is bounded; no other origin may read an answer, not even
// one whose name is made to point here; and no page may be shown inside another one. There is no TLS: a proxy in front adds it.
//
// A Server is used from one goroutine; its handlers run on those of net/http.
package web
