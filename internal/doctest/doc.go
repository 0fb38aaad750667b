// Package doctest takes what README, the pages of docs/ and the examples show their readers, so that
// tests can hold it against the programs: configurations and command lines.
//
// A configuration stands in a fenced block marked keepalived; what may be left out of the surroundings
// is written as the whole blocks that it belongs to. Shell lines stand in indented or fenced blocks.
package doctest
