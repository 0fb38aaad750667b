// Package format lays out the text of a configuration file: indentation by four blanks a block, one
// blank between words, a { on the line of its keyword, a } on a line of its own unless its block
// stands on one line, at most one blank line in a row, trailing comments of adjacent lines below one
// another.
//
// Text never changes what a file says, whichever host reads it: its statements are the same before
// and after, and so are the comments and their order. A line whose blanks may mean something (a
// backslash at its end, a definition or condition that only shows when it is read) keeps its words
// as they stand, and one of more than 800 bytes stays as it is. Formatting twice is formatting once.
//
// A file is formatted by itself; what it includes is not looked at.
package format
