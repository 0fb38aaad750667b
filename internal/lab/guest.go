package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Guest says what to run in a kernel of its own.
type Guest struct {
	// Args is the command: Args[0] is a name among Files or an absolute path.
	Args []string
	// Env is added to a small standard environment, as NAME=value.
	Env []string
	// Files are copied into the guest's [Shared] directory under the given names: programs of
	// the build, whose directory may be one that the guest hides (/tmp).
	Files map[string]string
	// Memory in MiB, 1024 when zero.
	Memory int
	// Output gets what the command writes, as it writes it.
	Output io.Writer
	// Pinned keeps the guest on one of the host's processors. It has one itself, and each of its system calls is a
	// change between two processes of the host: on a busy one it waits less and takes less time if these share
	// a processor. It is for one guest at a time.
	Pinned bool
	// Terminal gives the command this process's terminal instead of Output.
	Terminal bool
}

// Shared is where a guest sees the one directory that it can write to and that its host sees too.
const Shared = "/mnt"

const (
	umlProgram = "linux.uml"
	umlModules = "/usr/lib/uml/modules"

	specFile   = "spec.json"
	outputFile = "output"
	statusFile = "status"
)

// ErrNoKernel tells that neither the host's kernel nor user-mode-linux is there to be used.
var ErrNoKernel = errors.New("no kernel with IPVS: install the package user-mode-linux (make deps)")

// spec is what the guest's first process reads; it stands in the shared directory.
type spec struct {
	Args     []string
	Env      []string
	Terminal bool
}

// HostHasIPVS tells whether this machine's own kernel can run the lab.
func HostHasIPVS() bool {
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil {
		return true
	}
	return exec.Command("modprobe", "-q", "ip_vs").Run() == nil
}

// Boot runs the guest's command in a user-mode-linux kernel and returns its exit status. The kernel
// is an ordinary child process and dies with ctx. An error means that the guest did not get as far
// as a status.
func (g Guest) Boot(ctx context.Context) (int, error) {
	if _, err := exec.LookPath(umlProgram); err != nil {
		return 0, ErrNoKernel
	}
	if err := prepareModules(); err != nil {
		return 0, err
	}
	work, err := os.MkdirTemp("", "holdfast-lab-")
	if err != nil {
		return 0, fmt.Errorf("make the guest's directory: %w", err)
	}
	defer os.RemoveAll(work)
	if err := g.fill(work); err != nil {
		return 0, err
	}
	return g.run(ctx, work)
}

// fill puts the program, the files and the specification into the shared directory.
func (g Guest) fill(work string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own program: %w", err)
	}
	if err := copyProgram(self, filepath.Join(work, "lab")); err != nil {
		return err
	}
	for name, from := range g.Files {
		if err := copyProgram(from, filepath.Join(work, name)); err != nil {
			return err
		}
	}
	// Programs that run as somebody else are in it too.
	if err := os.Chmod(work, 0o755); err != nil {
		return fmt.Errorf("open the shared directory: %w", err)
	}
	text, err := json.Marshal(spec{Args: g.Args, Env: g.Env, Terminal: g.Terminal})
	if err != nil {
		return fmt.Errorf("write the guest's specification: %w", err)
	}
	if err := os.WriteFile(filepath.Join(work, specFile), text, 0o644); err != nil {
		return fmt.Errorf("write the guest's specification: %w", err)
	}
	return os.WriteFile(filepath.Join(work, outputFile), nil, 0o644)
}

// run starts the kernel and follows the guest's output until it is gone.
func (g Guest) run(ctx context.Context, work string) (int, error) {
	memory := g.Memory
	if memory == 0 {
		memory = 1024
	}
	console := "con0=null,fd:1"
	if g.Terminal {
		console = "con0=fd:0,fd:1"
	}
	kernel := exec.CommandContext(ctx, umlProgram,
		"mem="+strconv.Itoa(memory)+"M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
		"init="+filepath.Join(work, "lab"), guestVariable+"="+work,
		"uml_dir="+work+"/uml/", "umid=guest",
		"quiet", "loglevel=1", "con=null", console, "con1=null", "ssl=null")
	// The kernel makes a process for each of the guest's: all are in one group and end together.
	kernel.SysProcAttr = &syscall.SysProcAttr{Setsid: !g.Terminal, Setpgid: g.Terminal, Foreground: g.Terminal, Pdeathsig: syscall.SIGKILL}
	kernel.Cancel = func() error { return syscall.Kill(-kernel.Process.Pid, syscall.SIGKILL) }
	var said tail
	kernel.Stdout, kernel.Stderr = &said, &said
	if g.Terminal {
		kernel.Stdin, kernel.Stdout = os.Stdin, os.Stdout
	}
	// The death signal comes when the starting thread ends, not the process: keep it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := kernel.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", umlProgram, err)
	}
	putFirst(kernel.Process.Pid)
	if g.Pinned {
		if err := pin(kernel.Process.Pid); err != nil {
			_ = kernel.Cancel()
			_ = kernel.Wait()
			return 0, err
		}
	}

	done := make(chan struct{})
	followed := make(chan struct{})
	go func() { defer close(followed); g.follow(filepath.Join(work, outputFile), done) }()
	err := kernel.Wait()
	close(done)
	<-followed

	text, readErr := os.ReadFile(filepath.Join(work, statusFile))
	if readErr != nil {
		return 0, fmt.Errorf("the guest ended without a status (%w): %v\n%s", ctxErr(ctx, err), readErr, said.text)
	}
	status, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the guest's status: %w", err)
	}
	return status, nil
}

// putFirst gives a guest the processor before all others: one that does little else but wait must be on time
// when it does wake up. Where the host's kernel shares the processors among sessions (sched_autogroup), which
// Linux does by default, a process's own niceness counts within its session only: the session has one too. Who
// may not do this goes without.
func putFirst(pid int) {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, -20)
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", pid), []byte("-20"), 0)
}

// pin keeps a process, and all that it starts, on the last of the processors that it may use.
func pin(pid int) error {
	var all, one unix.CPUSet
	err := unix.SchedGetaffinity(pid, &all)
	if err == nil && all.Count() > 0 {
		last := 0
		for i, left := 0, all.Count(); left > 0; i++ {
			if all.IsSet(i) {
				last, left = i, left-1
			}
		}
		one.Set(last)
		err = unix.SchedSetaffinity(pid, &one)
	}
	if err != nil {
		return fmt.Errorf("keep the guest on one processor: %w", err)
	}
	return nil
}

func ctxErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// follow copies what appears in the output file. The console would lose characters when much is
// written, and hostfs writes through at once.
func (g Guest) follow(path string, done <-chan struct{}) {
	out := g.Output
	if out == nil {
		out = io.Discard
	}
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(out, "lab:", err)
		return
	}
	defer file.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = io.Copy(out, file)
		select {
		case <-done:
			_, _ = io.Copy(out, file)
			return
		case <-tick.C:
		}
	}
}

// tail keeps the last of what the kernel itself had to say, for the error message.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - 16<<10; over > 0 {
		t.text = slices.Delete(t.text, 0, over)
	}
	return len(p), nil
}

// prepareModules makes the index by which modprobe finds the guest kernel's modules: Debian's
// package ships the modules without one.
func prepareModules() error {
	versions, err := filepath.Glob(umlModules + "/*")
	if err != nil || len(versions) == 0 {
		return fmt.Errorf("find the guest kernel's modules in %s: %w", umlModules, fs.ErrNotExist)
	}
	directory := versions[len(versions)-1]
	// The guest mounts over it, and its root is read only.
	if err := os.MkdirAll("/lib/modules", 0o755); err != nil {
		return fmt.Errorf("link the guest kernel's modules: %w", err)
	}
	if _, err := os.Stat(directory + "/modules.dep.bin"); err == nil {
		return nil
	}
	version := filepath.Base(directory)
	link := "/lib/modules/" + version
	if err := os.Symlink(directory, link); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("link the guest kernel's modules: %w", err)
	}
	if out, err := exec.Command("depmod", version).CombinedOutput(); err != nil {
		return fmt.Errorf("index the guest kernel's modules: %w: %s", err, out)
	}
	return nil
}

// copyProgram links a file into place where it can and copies it where it must.
func copyProgram(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return out.Close()
}
