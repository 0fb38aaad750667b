// Package director is the shell of the LVS process: it runs the checkers, feeds their results to
// the core in package lvs, and lets the reconciler write the difference to the kernel.
package director
