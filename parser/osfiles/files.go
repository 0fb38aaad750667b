package osfiles

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/holdfast-ha/holdfast/parser"
)

// MaxSize is the size in bytes of the largest file that is read.
const MaxSize = 128 << 20

// Files reads from the host's file system. It implements parser.Files.
type Files struct{}

var _ parser.Files = Files{}

// Read returns the text of a regular file. A file with an execute bit is skipped, as keepalived
// skips it; the open does not wait for the other end of a FIFO.
func (Files) Read(name string) (string, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		// An open that is refused because of what the file is says less than the kind does.
		if info, serr := os.Stat(name); serr == nil {
			if skip := kind(name, info); skip != nil {
				return "", skip
			}
		}
		return "", reason(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", reason(err)
	}
	if skip := kind(name, info); skip != nil {
		return "", skip
	}
	if info.Size() > MaxSize {
		return "", fmt.Errorf("read file: larger than %d MB", MaxSize>>20)
	}
	var b strings.Builder
	b.Grow(int(info.Size()))
	n, err := io.Copy(&b, io.LimitReader(f, MaxSize+1))
	if err != nil {
		return "", reason(err)
	}
	if n > MaxSize {
		return "", fmt.Errorf("read file: larger than %d MB", MaxSize>>20)
	}
	return b.String(), nil
}

// kind tells why a file is not one to read; nil when it is.
func kind(name string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &parser.SkipError{Name: name, Reason: "is a directory"}
	case mode&fs.ModeNamedPipe != 0:
		return &parser.SkipError{Name: name, Reason: "is a FIFO"}
	case !mode.IsRegular():
		return &parser.SkipError{Name: name, Reason: "is not a regular file"}
	case mode.Perm()&0o111 != 0:
		return &parser.SkipError{Name: name, Reason: "is executable, and keepalived reads no such file (chmod -x it)"}
	}
	return nil
}

// reason takes the name off an error of package os: the message that it goes into has the name.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	return err
}

// Glob returns the sorted names that match a pattern, directories among them.
func (Files) Glob(pattern string) ([]string, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("match pattern: %w", err)
	}
	return names, nil
}

// Abs makes the name of a directory absolute, with symbolic links resolved as far as it exists.
func (Files) Abs(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	return abs
}
