//go:build lab && amd64

package scenario

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// setEffectiveUser has every thread of a process call setresuid(-1, uid, -1), by ptrace(2): with
// another user than 0 it has no capability in force, with 0 it has them again.
func setEffectiveUser(pid, uid int) error {
	// Only the thread that attached may go on.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	threads, err := stopThreads(pid)
	defer func() {
		for _, t := range threads {
			_ = unix.PtraceDetach(t)
		}
	}()
	if err != nil {
		return err
	}
	call, err := findCall(threads)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if err := inject(t, call, uid); err != nil {
			return fmt.Errorf("thread %d of process %d: %w", t, pid, err)
		}
	}
	return nil
}

// stopThreads attaches to all threads, those included that are made meanwhile.
func stopThreads(pid int) (threads []int, err error) {
	for more := true; more; {
		more = false
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return threads, err
		}
		for _, e := range entries {
			t, _ := strconv.Atoi(e.Name())
			if slices.Contains(threads, t) {
				continue
			}
			if err := unix.PtraceAttach(t); err != nil {
				return threads, fmt.Errorf("attach to thread %d: %w", t, err)
			}
			if err := stopped(t); err != nil {
				return threads, err
			}
			threads, more = append(threads, t), true
		}
	}
	return threads, nil
}

func stopped(t int) error {
	var status unix.WaitStatus
	_, err := unix.Wait4(t, &status, unix.WALL, nil)
	if err == nil && !status.Stopped() {
		err = errors.New("the thread has ended")
	}
	return err
}

// register is where one stands in the area that PTRACE_PEEKUSR and PTRACE_POKEUSR reach: user-mode-linux
// has no other way.
type register uintptr

// Registers of amd64 (sys/user.h).
const (
	regRDX     register = 12 * 8
	regRSI     register = 13 * 8
	regRDI     register = 14 * 8
	regRAX     register = 10 * 8
	regOrigRAX register = 15 * 8
	regRIP     register = 16 * 8
)

func (r register) read(t int) (uint64, error) {
	var b [8]byte
	_, err := unix.PtracePeekUser(t, uintptr(r), b[:])
	return binary.NativeEndian.Uint64(b[:]), err
}

func (r register) write(t int, value uint64) error {
	var b [8]byte
	binary.NativeEndian.PutUint64(b[:], value)
	_, err := unix.PtracePokeUser(t, uintptr(r), b[:])
	return err
}

// findCall looks for a system call instruction: a thread that waits in the kernel stands behind one.
func findCall(threads []int) (uint64, error) {
	for _, t := range threads {
		at, err := regRIP.read(t)
		if err != nil {
			return 0, fmt.Errorf("read a register of thread %d: %w", t, err)
		}
		var code [2]byte
		if n, err := unix.PtracePeekText(t, uintptr(at-2), code[:]); err == nil && n == 2 && code == [2]byte{0x0f, 0x05} {
			return at - 2, nil
		}
	}
	return 0, errors.New("no thread waits in a system call")
}

// inject has a stopped thread make the call and go back to where it was.
func inject(t int, call uint64, uid int) error {
	set := []struct {
		register
		value uint64
	}{
		{regOrigRAX, ^uint64(0)}, {regRIP, call}, {regRAX, unix.SYS_SETRESUID},
		{regRDI, ^uint64(0)}, {regRSI, uint64(uid)}, {regRDX, ^uint64(0)},
	}
	before := make([]uint64, len(set))
	for i, r := range set {
		var err error
		if before[i], err = r.read(t); err != nil {
			return fmt.Errorf("read a register: %w", err)
		}
		if err := r.write(t, r.value); err != nil {
			return fmt.Errorf("write a register: %w", err)
		}
	}
	for range 2 { // into the call and out of it
		if err := unix.PtraceSyscall(t, 0); err != nil {
			return err
		}
		if err := stopped(t); err != nil {
			return err
		}
	}
	result, err := regRAX.read(t)
	for i, r := range set {
		value := before[i]
		// The kernel goes on with a call that it interrupted only after a signal: without one it gives
		// its private errno away. The program knows EINTR.
		if code := -int64(value); r.register == regRAX && code >= 512 && code <= 516 {
			value = ^uint64(unix.EINTR) + 1
		}
		err = errors.Join(err, r.write(t, value))
	}
	if err == nil && result != 0 {
		err = fmt.Errorf("setresuid: %w", unix.Errno(-result))
	}
	return err
}
