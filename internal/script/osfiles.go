package script

import (
	"io/fs"
	"os"
	"syscall"
)

// OSFiles is the file system of the host.
type OSFiles struct{}

var _ Files = OSFiles{}

// Lstat implements Files.
func (OSFiles) Lstat(name string) (FileInfo, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return FileInfo{}, err
	}
	f := FileInfo{Mode: info.Mode()}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileInfo{}, &fs.PathError{Op: "lstat", Path: name, Err: syscall.ENOSYS}
	}
	f.UID, f.GID = st.Uid, st.Gid
	return f, nil
}

// Readlink implements Files.
func (OSFiles) Readlink(name string) (string, error) { return os.Readlink(name) }
