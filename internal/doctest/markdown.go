package doctest

import (
	"os"
	"path/filepath"
	"strings"
)

// Block is a block of code of a page.
type Block struct {
	Page string // file name, without its directory
	Line int    // of its first line
	Mark string // behind the fence; empty for an indented block
	Text string
}

// Pages returns the names of README.md and of all pages in docs, below the root of the repository.
func Pages(root string) ([]string, error) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	return append([]string{filepath.Join(root, "README.md")}, pages...), err
}

// Read returns the blocks of code of a page.
func Read(path string) ([]Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return blocks(filepath.Base(path), string(text)), nil
}

// blocks takes a page apart. A line that is indented by four is code, unless it goes on with a list.
func blocks(page, text string) (all []Block) {
	var open *Block // being read
	fence, blank := "", true
	end := func() {
		if open != nil {
			all = append(all, *open)
		}
		open, fence = nil, ""
	}
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "" && trimmed == fence:
			end()
		case fence != "":
			open.Text += line + "\n"
		case strings.HasPrefix(trimmed, "```"):
			end()
			fence = "```"
			open = &Block{Page: page, Line: i + 2, Mark: strings.TrimPrefix(trimmed, fence)}
		case strings.HasPrefix(line, "    ") && (open != nil || blank):
			if open == nil {
				open = &Block{Page: page, Line: i + 1}
			}
			open.Text += line[4:] + "\n"
		case trimmed == "" && open != nil:
			open.Text += "\n"
		default:
			end()
		}
		blank = trimmed == ""
	}
	end()
	return all
}

// Command is a command line of a page.
type Command struct {
	Page string
	Line int
	Args []string // without the program
}

// Commands returns the command lines that call a program, be it by a path.
func (b *Block) Commands(program string) (all []Command) {
	for i, line := range strings.Split(b.Text, "\n") {
		line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "$ "), " #")
		for part := range strings.SplitSeq(line, "&&") {
			words := strings.Fields(part)
			if len(words) > 0 && filepath.Base(words[0]) == program && !strings.ContainsAny(words[0], "=") {
				all = append(all, Command{Page: b.Page, Line: b.Line + i, Args: words[1:]})
			}
		}
	}
	return all
}
