// Package checkers is the pure core of health checking: when a check runs, what its results mean
// (retries, first failure, dynamic weight), and the Checker interface that each kind of check
// fulfils in a package of its own below this one.
package checkers
