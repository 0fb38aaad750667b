// Package completion writes what bash, zsh and fish complete of a program's command line. The caller
// describes the command line as a tree; the scripts in packaging/completion are written by tests of the
// packages that know their command lines (go test -update), and held to them by the same tests.
package completion
