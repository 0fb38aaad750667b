// Package osfiles is the file system of the host as a configuration sees it: regular files of a
// bounded size, found by name or by pattern. FIFOs, devices, directories and executable files are
// never read.
package osfiles
