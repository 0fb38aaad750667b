// Package config gives statements their meaning: the table of every keyword, the typed model of
// a configuration, its defaults, inheritance and validation, and the problems found on the way.
//
// A Config is immutable once Load has returned it; a reload makes a new one. The package touches
// no file, clock, socket or name service by itself: what it has to know of the host it asks of a
// Host. Cores never import it; the daemon's wiring turns a Config into their own small structs.
package config
