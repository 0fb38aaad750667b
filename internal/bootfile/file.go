package bootfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// HeaderSize is how many octets in front of the body say of what boot and layout it is.
const HeaderSize = 128

// File is the mapped file, or without a path ordinary memory, so that its user need not ask.
type File struct {
	memory []byte
	mapped bool
}

// Open maps the file at path, which it makes where it is not there; the empty path is for ordinary
// memory. Its body has size octets, and is all zero if the file is of another boot of the host, of
// another layout, or of another unit, the size of what the user keeps in it. A path that cannot be
// opened, or is a symbolic link, is an error. All numbers in it are native: nobody but the next process
// on this host reads them.
func Open(path, layout string, unit, size int) (*File, error) {
	size += HeaderSize
	if path == "" {
		return &File{memory: make([]byte, size)}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create state file: %w", err)
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open state file %s: %w", path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, fmt.Errorf("size state file %s: %w", path, err)
	}
	memory, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map state file %s: %w", path, err)
	}
	f := &File{memory: memory, mapped: true}
	f.prepare(layout, unit)
	return f, nil
}

// prepare empties the file if it is not of this boot and layout.
func (f *File) prepare(layout string, unit int) {
	var header [HeaderSize]byte
	copy(header[:], layout)
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	copy(header[len(layout):], boot)
	binary.NativeEndian.PutUint32(header[HeaderSize-4:], uint32(unit))
	if !bytes.Equal(f.memory[:HeaderSize], header[:]) {
		clear(f.memory)
		copy(f.memory, header[:])
	}
}

// Body is what the file holds; it must not be used after Close.
func (f *File) Body() []byte { return f.memory[HeaderSize:] }

// Slots is the beginning of the body as count values of a type that has no pointers and whose
// alignment is 8 at most.
func Slots[T any](f *File, count int) []T {
	var one T
	body := f.Body()[:count*int(unsafe.Sizeof(one))]
	return unsafe.Slice((*T)(unsafe.Pointer(&body[0])), count)
}

// Close gives the memory back. What is in the file stays.
func (f *File) Close() error {
	if !f.mapped {
		return nil
	}
	memory := f.memory
	f.mapped, f.memory = false, nil
	if err := unix.Munmap(memory); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("unmap state file: %w", err)
	}
	return nil
}

// Now is CLOCK_BOOTTIME: the clock for such a file. It goes on while the host sleeps, as those of other
// hosts do, and begins anew with each boot. The Go scheduler is not told of the call, which never waits.
func Now() time.Duration {
	var ts unix.Timespec
	_, _, _ = unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_BOOTTIME, uintptr(unsafe.Pointer(&ts)), 0) // cannot fail for this clock
	return time.Duration(ts.Nano())
}
