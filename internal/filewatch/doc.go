// Package filewatch tells what is in small files each time that it changes: for track_file.
//
// The directory of a file is watched by inotify, so that a file that is written, renamed into place,
// deleted or made anew is seen at once. It is looked at every second as well: what inotify does not
// tell of (a network file system, the target of a symbolic link, a directory that comes back) is seen
// by then, and so is everything on a host that has no inotify instance left.
//
// A file that is being written is empty or half there for a moment. Content that does not end in a
// newline counts only when it is still the same a moment later.
package filewatch
