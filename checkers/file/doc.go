// Package file is FILE_CHECK: what the number in a track_file means for a real server. Nothing is run
// for it: its caller watches the file and is told what is in it.
package file
