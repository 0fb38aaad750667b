// Package conformance holds the rules that a VRRP router has to keep, one by one, each with what
// Holdfast does about it and with the tests that show it: one that the rule holds where it must, one
// that what it forbids is refused. It writes docs/conformance.md and docs/field.md from them.
//
// The rules stand in the files of the directory rules:
//
//	== Heading of a chapter
//	Words about it.
//
//	-- ID LEVEL
//	rule: what is asked for, in our words
//	here: what Holdfast does; may be left out where it is the rule itself
//	keepalived: why keepalived is followed where the rule says something else
//	holds: package.Test/case; package.Test
//	refuses: package.Test/case
//	oneway: why there is nothing to refuse, in place of refuses
//	notours: why no test is owed, in place of holds and refuses
//	missing: what is not there yet, in place of holds
//
// A line that begins with a blank goes on with the one above. Tests see to it that no rule lacks a
// test, that each test named exists, and that no rule of the sources was left out.
package conformance
