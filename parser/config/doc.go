// Package config gives statements their meaning: the table of every keyword, the typed model of
// a configuration, its defaults, inheritance and validation, and the problems found on the way.
//
// A Config is immutable once Load has returned it; a reload makes a new one. The package touches
// no file, clock, socket or name service by itself: what it has to know of the host it asks of a
// Host. Cores never import it; the daemon's wiring turns a Config into their own small structs.
//
// Load reads a file; Result.TestStatus and Result.DaemonStatus are the exit statuses of
// --config-test and of a daemon. Describe writes a problem on one line, Dump a model as text, and
// Keywords returns the table. A keyword is added by a row in a table_*.go, a field of the model and
// a handler registered in newGrammar; the decoder walks lines as keepalived does, so that a wrong
// brace has the same consequences.
package config
