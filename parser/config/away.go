package config

import "github.com/holdfast-ha/holdfast/parser"

// wordFiles tells in which file a remembered word stands. Words have no file, for nearly all stand
// in that of the block that they belong to; only where a block includes a file it has to be noted.
type wordFiles map[wordPlace]string

// wordPlace is where a word stands in its file.
type wordPlace struct{ line, col int32 }

// maxAway bounds what is noted: beyond it a problem may name the file of the block instead.
const maxAway = 100_000

// note keeps the file of words.
func (f *wordFiles) note(file string, words []parser.Word) {
	if *f == nil {
		*f = wordFiles{}
	}
	if len(*f) > maxAway {
		return
	}
	for _, w := range words {
		(*f)[wordPlace{w.Line, w.Col}] = file
	}
}

// fileOf is the file of a word, or that of its block.
func (f wordFiles) fileOf(at wordPlace, block string) string {
	if file, ok := f[at]; ok {
		return file
	}
	return block
}
