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
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// MaxSize is the size in bytes of the largest file that is read.
const MaxSize = 128 << 20

// readTimeout bounds the wait for a file that has nothing to be read now and is not at its end.
const readTimeout = 2 * time.Second

// Files reads from the host's file system. It implements parser.Files.
type Files struct{}

var (
	_ parser.Files  = Files{}
	_ parser.Opener = Files{}
)

// Read returns the text of a regular file: see Open.
func (f Files) Read(name string) (string, error) {
	in, err := f.open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	var b strings.Builder
	b.Grow(in.size)
	if _, err := io.Copy(&b, in); err != nil {
		return "", err
	}
	return b.String(), nil
}

// Open opens a regular file for reading. A file with an execute bit is skipped, as keepalived skips
// it; the open does not wait for the other end of a FIFO. Reading fails beyond MaxSize.
func (f Files) Open(name string) (io.ReadCloser, error) {
	in, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return in, nil
}

func (Files) open(name string) (*bounded, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		// An open that is refused because of what the file is says less than the kind does.
		if info, serr := os.Stat(name); serr == nil {
			if skip := kind(name, info); skip != nil {
				return nil, skip
			}
		}
		return nil, reason(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = kind(name, info)
	}
	if err == nil && info.Size() > MaxSize {
		err = errLarge
	}
	if err != nil {
		f.Close()
		return nil, reason(err)
	}
	// What lies below /proc may keep a reader waiting although it is a regular file, such as kmsg. Where
	// there is nothing to wait for there is no deadline.
	_ = f.SetReadDeadline(time.Now().Add(readTimeout))
	b := &bounded{file: f, size: int(info.Size())}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		b.id = fileID{uint64(stat.Dev), stat.Ino}
	}
	return b, nil
}

// bounded is an open file of MaxSize bytes at most.
type bounded struct {
	file *os.File
	size int // when it was opened
	read int
	id   fileID
}

// fileID tells files apart.
type fileID struct{ device, inode uint64 }

// ID implements parser.Identified.
func (b *bounded) ID() any { return b.id }

var errLarge = fmt.Errorf("%w: more than %d MB", parser.ErrTooLarge, MaxSize>>20)

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.file.Read(p)
	if b.read += n; b.read > MaxSize {
		return 0, errLarge
	}
	if err != nil && err != io.EOF {
		err = reason(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *bounded) Close() error { return b.file.Close() }

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
