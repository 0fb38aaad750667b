package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/format"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

type fmtCommand struct {
	Write bool     `short:"w" help:"Write the result to the file instead of printing it."`
	List  bool     `short:"l" help:"List the files whose layout differs."`
	Diff  bool     `short:"d" help:"Show what would change as a diff."`
	Check bool     `help:"List the files whose layout differs, write nothing, and exit with 1 if there are any. For CI."`
	Files []string `arg:"" optional:"" name:"file" help:"Configuration files; - or none for standard input. Exit status: 0 done, 1 with --check: a file differs, 2 a file could not be read or written."`
}

// stdin is the name that stands for standard input.
const stdin = "-"

func (c *fmtCommand) Run(o output) error {
	if c.Check && c.Write {
		return errors.New("--check and --write exclude one another")
	}
	if len(c.Files) == 0 {
		c.Files = []string{stdin}
	}
	code := exitOK
	for _, file := range c.Files {
		differs, err := c.file(o, file)
		switch {
		case err != nil:
			fmt.Fprintln(o.err, "holdfastctl:", err)
			code = exitFailed
		case differs && c.Check:
			code = max(code, exitProblems)
		}
	}
	if code != exitOK {
		return status(code)
	}
	return nil
}

// file formats one file and tells whether its layout differs.
func (c *fmtCommand) file(o output, name string) (differs bool, err error) {
	text, err := readText(name)
	if err != nil {
		return false, err
	}
	out := format.Text(text)
	differs = out != text
	if differs && !sameMeaning(text, out) {
		return false, fmt.Errorf("format %s: the result would mean something else, so the file is left as it is; this is a mistake of holdfastctl: please report it", shownName(name))
	}
	if !differs {
		if !c.List && !c.Diff && !c.Write && !c.Check {
			fmt.Fprint(o.out, out)
		}
		return false, nil
	}
	if c.List || c.Check {
		fmt.Fprintln(o.out, shownName(name))
	}
	if c.Diff {
		fmt.Fprintf(o.out, "%s", diff.Diff(shownName(name)+".orig", []byte(text), shownName(name), []byte(out)))
	}
	switch {
	case c.Write && name == stdin:
		return true, errors.New("standard input cannot be written to: leave --write out")
	case c.Write:
		return true, replaceFile(name, out)
	case !c.List && !c.Diff && !c.Check:
		fmt.Fprint(o.out, out)
	}
	return true, nil
}

func shownName(name string) string {
	if name == stdin {
		return "standard input"
	}
	return name
}

// readText reads a file, or standard input.
func readText(name string) (string, error) {
	if name == stdin {
		text, err := io.ReadAll(io.LimitReader(os.Stdin, osfiles.MaxSize+1))
		switch {
		case err != nil:
			return "", fmt.Errorf("read standard input: %w", err)
		case len(text) > osfiles.MaxSize:
			return "", fmt.Errorf("read standard input: more than %d MB", osfiles.MaxSize>>20)
		}
		return string(text), nil
	}
	text, err := osfiles.Files{}.Read(name)
	var skip *parser.SkipError
	switch {
	case errors.As(err, &skip):
		return "", fmt.Errorf("read configuration: %w", err)
	case err != nil:
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// maxHosts is for how many of the hosts that a file names its meaning is compared.
const maxHosts = 8

// sameMeaning looks at what came out as the daemon would, for the hosts that the file names and for
// one that it does not: a mistake of the formatter must never reach a file.
func sameMeaning(before, after string) bool {
	for _, id := range hosts(before) {
		opts := parser.Options{ConfigID: id, Files: parser.OneFile("-", before)}
		a, _ := parser.Digest("-", opts)
		opts.Files = parser.OneFile("-", after)
		if b, _ := parser.Digest("-", opts); a != b {
			return false
		}
	}
	return true
}

// hosts are names of conditions in a text, and one that is in none.
func hosts(text string) []string {
	ids := []string{"\x00"}
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "@")
		if f := strings.Fields(strings.TrimPrefix(rest, "^")); ok && len(f) > 0 && !seen[f[0]] && len(ids) <= maxHosts {
			seen[f[0]] = true
			ids = append(ids, f[0])
		}
	}
	return ids
}

// replaceFile puts a text in the place of a file in one step, with the mode and the owner that it
// has. Through a symbolic link the file itself is replaced.
func replaceFile(name, text string) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	if _, err = tmp.WriteString(text); err != nil {
		return err
	}
	if err = keepOwner(tmp, info); err != nil {
		return err
	}
	if err = tmp.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
