package filewatch

import (
	"os"
	"syscall"
)

// MaxSize is how much of a file is read.
const MaxSize = 128

// Read returns the beginning of a file; empty for one that is not there or cannot be read. It never
// waits: what is not a file, such as a FIFO, has what it has at once.
func Read(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	var b [MaxSize]byte
	raw, err := f.SyscallConn()
	if err != nil {
		return ""
	}
	n := 0
	// Not f.Read: that would wait for a FIFO to be written.
	if err := raw.Control(func(fd uintptr) { n, err = syscall.Read(int(fd), b[:]) }); err != nil || n < 0 {
		return ""
	}
	return string(b[:max(n, 0)])
}

// Create makes a file with that content. One that is there stays as it is, unless overwrite is set;
// a symbolic link is never followed.
func Create(path, content string, overwrite bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if overwrite {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	}
	f, err := os.OpenFile(path, flags, 0o666)
	if os.IsExist(err) && !overwrite {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
