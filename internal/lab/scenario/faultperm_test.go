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
			t.release(pid)
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
		if err := t.inject(call, uid); err != nil {
			return fmt.Errorf("thread %d of process %d: %w", t.id, pid, err)
		}
	}
	return nil
}

// thread is one that is stopped. signals reached it meanwhile: the runtime counts on every one.
type thread struct {
	id      int
	signals []unix.Signal
}

func (t *thread) release(pid int) {
	_ = unix.PtraceDetach(t.id)
	for _, s := range t.signals {
		_ = unix.Tgkill(pid, t.id, s)
	}
}

// stopThreads attaches to all threads, those included that are made meanwhile.
func stopThreads(pid int) (threads []*thread, err error) {
	for more := true; more; {
		more = false
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return threads, err
		}
		for _, e := range entries {
			id, _ := strconv.Atoi(e.Name())
			if slices.ContainsFunc(threads, func(t *thread) bool { return t.id == id }) {
				continue
			}
			if err := unix.PtraceAttach(id); err != nil {
				return threads, fmt.Errorf("attach to thread %d: %w", id, err)
			}
			t := &thread{id: id}
			threads, more = append(threads, t), true
			if err := t.until(unix.SIGSTOP, func() error { return unix.PtraceCont(id, 0) }); err != nil {
				return threads, err
			}
			if err := unix.PtraceSetOptions(id, unix.PTRACE_O_TRACESYSGOOD); err != nil {
				return threads, err
			}
		}
	}
	return threads, nil
}

// until waits for a stop of one kind. Other signals that stop the thread are kept, and it goes on.
func (t *thread) until(stop unix.Signal, again func() error) error {
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(t.id, &status, unix.WALL, nil); err != nil {
			return err
		}
		switch {
		case !status.Stopped():
			return errors.New("the thread has ended")
		case status.StopSignal() == stop:
			return nil
		}
		t.signals = append(t.signals, status.StopSignal())
		if err := again(); err != nil {
			return err
		}
	}
}

// register is where one stands in the area that PTRACE_PEEKUSR and PTRACE_POKEUSR reach: user-mode-linux
// has no other way.
type register uintptr

// Registers of amd64 (sys/user.h).
const (
	regR11     register = 6 * 8
	regRCX     register = 11 * 8
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
func findCall(threads []*thread) (uint64, error) {
	for _, t := range threads {
		at, err := regRIP.read(t.id)
		if err != nil {
			return 0, fmt.Errorf("read a register of thread %d: %w", t.id, err)
		}
		var code [2]byte
		if n, err := unix.PtracePeekText(t.id, uintptr(at-2), code[:]); err == nil && n == 2 && code == [2]byte{0x0f, 0x05} {
			return at - 2, nil
		}
	}
	return 0, errors.New("no thread waits in a system call")
}

// inject has a stopped thread make the call and go back to where it was. The thread may have been anywhere:
// what the call changes beside its own registers is put back as well.
func (t *thread) inject(call uint64, uid int) error {
	set := map[register]uint64{
		regOrigRAX: ^uint64(0), regRIP: call, regRAX: unix.SYS_SETRESUID,
		regRDI: ^uint64(0), regRSI: uint64(uid), regRDX: ^uint64(0),
	}
	before := map[register]uint64{}
	for _, r := range []register{regOrigRAX, regRIP, regRAX, regRDI, regRSI, regRDX, regRCX, regR11} {
		var err error
		if before[r], err = r.read(t.id); err != nil {
			return fmt.Errorf("read a register: %w", err)
		}
	}
	for r, value := range set {
		if err := r.write(t.id, value); err != nil {
			return fmt.Errorf("write a register: %w", err)
		}
	}
	step := func() error { return unix.PtraceSyscall(t.id, 0) }
	for range 2 { // into the call and out of it
		if err := step(); err != nil {
			return err
		}
		if err := t.until(unix.SIGTRAP|0x80, step); err != nil {
			return err
		}
	}
	result, err := regRAX.read(t.id)
	// The kernel goes on with a call that it interrupted only after a signal: without one it gives its
	// private errno away. The program knows EINTR.
	waited := int64(before[regOrigRAX]) >= 0
	if code := -int64(before[regRAX]); waited && code >= 512 && code <= 516 {
		before[regRAX] = ^uint64(unix.EINTR) + 1
	}
	for r, value := range before {
		err = errors.Join(err, r.write(t.id, value))
	}
	if err == nil && result != 0 {
		err = fmt.Errorf("setresuid: %w", unix.Errno(-result))
	}
	return err
}
