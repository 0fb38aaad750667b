package pidfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// File is a locked pid file.
type File struct {
	path string
	file *os.File
}

// LockedError says that another process holds a pid file.
type LockedError struct {
	Path string
	PID  int // what the file says; 0 when it says nothing readable
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("lock pid file %s: another process holds it", e.Path)
	}
	return fmt.Sprintf("lock pid file %s: process %d holds it", e.Path, e.PID)
}

// Lock opens the file, made with mode 0644 if need be together with its directory, and locks it.
// It does not wait: a *LockedError tells of another holder. The content stays until Write.
func Lock(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make directory of pid file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open pid file: %w", err)
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			return nil, &LockedError{Path: path, PID: read(f)}
		}
		return nil, fmt.Errorf("lock pid file %s: %w", path, err)
	}
	// The umask of the caller may have taken the read bits; other programs read pid files.
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return nil, fmt.Errorf("set mode of pid file: %w", err)
	}
	return &File{path: path, file: f}, nil
}

// Write puts pid into the file.
func (f *File) Write(pid int) error {
	if err := f.file.Truncate(0); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	if _, err := f.file.WriteAt([]byte(strconv.Itoa(pid)+"\n"), 0); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	return nil
}

// File is the descriptor to hand to a child that is to hold the lock.
func (f *File) File() *os.File { return f.file }

// Path is the file's path.
func (f *File) Path() string { return f.path }

// Close gives up this process's share of the lock and leaves the file.
func (f *File) Close() error { return f.file.Close() }

// Remove takes the file away and gives up the lock.
func (f *File) Remove() error {
	err := os.Remove(f.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, f.file.Close())
}

// Read returns the pid in the file at path, 0 when there is none.
func Read(path string) int {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0
	}
	defer f.Close()
	return read(f)
}

func read(f *os.File) int {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid <= 0 {
		return 0
	}
	return pid
}
