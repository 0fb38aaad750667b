// Package misc is MISC_CHECK: it runs a script and reads its exit status.
package misc
