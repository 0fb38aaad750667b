package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// defaultUmask is keepalived's: what the daemon and its scripts make is for their owner alone.
const defaultUmask = 0o177

func setUmask(mask int) { syscall.Umask(mask) }

// start is the daemon from its command line to its end.
func start(o *Options, program string) int {
	if err := absolute(o); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
		return exitFatal
	}
	if !o.DontFork && os.Getenv(readyVariable) == "" {
		return detach(program)
	}
	setName(program)
	if status, entered := enterNamespace(o.Namespace, program); !entered {
		return status
	}
	// The interfaces in the file are those of its namespace, and whoever waits for us has to wait for
	// what runs in there: nothing is judged, logged or taken up before.
	if info, err := os.Stat(o.ConfigFile); err == nil {
		startQuickly(info.Size())
	}
	result, inputs := load(o)
	if o.Namespace == "" {
		if status, entered := enterNamespace(result.Config.Global.NetNamespace, program); !entered {
			return status
		}
	}
	ready := readyPipe()
	settings := logSettingsFor(o, Paths{Temp: tempDir()}, "", "")
	sink, log := settings.open()
	defer sink.Close()
	log.Info(fmt.Sprintf("Starting Holdfast v%s, in place of Keepalived", Version))
	log.Info("Command line: " + commandLine(os.Args))
	if o.BadFacility != "" {
		log.Warn(fmt.Sprintf("option -S: %q is no syslog facility: daemon is used", o.BadFacility))
	}
	if missing := missingCapabilities(); missing != nil {
		log.Error(fmt.Sprintf("permission denied: the capabilities %s are missing; run as root, or grant them in the systemd unit", strings.Join(missing, ", ")))
		return exitPermission
	}
	log.Info("Configuration file " + o.ConfigFile)
	logProblems(log, result.Problems)
	if p := unreadable(&result, o.ConfigFile); p != nil {
		log.Error(fmt.Sprintf("Config files missing '%s'.", o.ConfigFile), zap.String("cause", p.Message))
		return exitNoConfig
	}
	if status := daemonStatus(&result, o.ConfigFile); status != exitOK {
		log.Error("the configuration cannot be run: " + summary(result.Problems) + "; 'holdfastctl check " + o.ConfigFile + "' explains them")
		return status
	}
	p, status := newParent(o, log, sink, &result, inputs)
	if p == nil {
		return status
	}
	p.readyPipe = ready
	p.program = program
	defer p.removeFiles()
	return p.run()
}

// newParent takes the pid file and makes what the parent works with. A nil parent has ended with
// the status.
func newParent(o *Options, log *zap.Logger, sink closer, r *config.Result, in *inputs) (*parent, int) {
	g := &r.Config.Global
	namespace := or(o.Namespace, g.NetNamespace)
	p := &parent{
		options: o, log: log, suffix: suffixed(namespace, g.Instance),
		paths:     NewPaths(o, g.UsePidDir, g.Instance, namespace),
		config:    r.Config,
		problems:  r.Problems,
		inputs:    in,
		processes: map[Role]*process{},
		posts:     make(chan func(), 256),
		signals:   make(chan os.Signal, 16),
		states:    map[string]string{},
		pending:   map[uint64]chan any{},
		handovers: map[uint64]chan handoverReply{},
		sessions:  map[string]bool{},
		left:      map[string]time.Time{},
		realUp:    realServersUp{},
	}
	p.source = control.NewSource(func() control.Status { return p.gather(statusRequest{Traffic: true}) })
	if err := os.MkdirAll(p.paths.Dir, 0o755); err != nil {
		log.Error("the run directory cannot be made", zap.Error(err))
		return nil, exitFatal
	}
	err := p.takePID()
	var held *pidfile.LockedError
	switch {
	case errors.As(err, &held):
		log.Error("daemon is already running", zap.Int("pid", held.PID), zap.String("pid_file", held.Path),
			zap.String("cure", "stop it first, or use other pid files: -p, -r, -c and -b"))
		return nil, exitOK // keepalived's status
	case err != nil:
		log.Error("the pid file cannot be used", zap.Error(err))
		return nil, exitFatal
	}
	mask := defaultUmask
	if g.Umask >= 0 {
		mask = g.Umask
	}
	if o.Umask >= 0 {
		mask = o.Umask
	}
	setUmask(mask)
	if o.CoreDump {
		unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
		if err := unix.Setrlimit(unix.RLIMIT_CORE, &unlimited); err != nil {
			log.Warn("the size of core dumps stays limited", zap.Error(err))
		}
	}
	return p, exitOK
}

// lockUnlessDying locks a pid file. A holder that the kernel is just ending is waited for: after
// a kill -9 the next daemon may be quicker than the kernel.
func lockUnlessDying(path string) (*pidfile.File, error) {
	for deadline := time.Now().Add(orphanEnd); ; time.Sleep(time.Millisecond) {
		lock, err := pidfile.Lock(path)
		var held *pidfile.LockedError
		if !errors.As(err, &held) || !dying(held.PID) || time.Now().After(deadline) {
			return lock, err
		}
	}
}

// dying tells whether a process is gone or has no memory any more.
func dying(pid int) bool {
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return pid > 0 && (err != nil || len(line) == 0)
}

type closer interface{ Close() error }

// absolute makes file names independent of the working directory, which the daemon leaves.
func absolute(o *Options) error {
	for _, name := range []*string{&o.ConfigFile, &o.PIDFile, &o.VRRPPIDFile, &o.CheckersPIDFile, &o.BFDPIDFile, &o.LogFile, &o.Record} {
		if *name == "" {
			continue
		}
		abs, err := filepath.Abs(*name)
		if err != nil {
			return fmt.Errorf("find working directory: %w", err)
		}
		*name = abs
	}
	return nil
}

// detach starts the daemon in a session of its own and waits until it is ready or has ended; its
// status is then the daemon's.
func detach(program string) int {
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: make pipe: %v\n", program, err)
		return exitFatal
	}
	cmd := &exec.Cmd{
		Path: self, Args: os.Args, Env: append(os.Environ(), readyVariable+"=3"),
		Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{w},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: start daemon: %v\n", program, err)
		return exitFatal
	}
	w.Close()
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return exitOK
	}
	// The pipe closed without a word: the daemon has ended.
	var exit *exec.ExitError
	switch err := cmd.Wait(); {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		fmt.Fprintf(os.Stderr, "%s: the daemon did not start: its log says why, or start it with -n -l to see it here\n", program)
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: the daemon ended: %v\n", program, err)
		return exitFatal
	}
	return exitOK
}

// readyPipe is the pipe to the process that waits in detach, nil in the foreground.
func readyPipe() *os.File {
	fd, err := strconv.Atoi(takeVariable(readyVariable))
	if err != nil {
		return nil
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "ready")
}

// settleDown is the last step of a daemon in the background: whoever started it may go on.
func settleDown(ready *os.File) error {
	if err := os.Chdir("/"); err != nil {
		return fmt.Errorf("leave working directory: %w", err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("leave terminal: %w", err)
	}
	defer null.Close()
	for fd := range 3 {
		if err := unix.Dup3(int(null.Fd()), fd, 0); err != nil {
			return fmt.Errorf("leave terminal: %w", err)
		}
	}
	_, err = ready.Write([]byte{1})
	return errors.Join(err, ready.Close())
}

// enterNamespace starts this program anew inside a network namespace. entered is true when it is
// in there already, or none is asked for.
func enterNamespace(name, program string) (status int, entered bool) {
	if name == "" || takeVariable(netnsVariable) == name {
		return 0, true
	}
	runtime.LockOSThread()
	f, err := os.Open(hostinfo.NamespacePath(name))
	if err == nil {
		err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
		f.Close()
	}
	if err == nil {
		err = syscall.Exec(self, os.Args, append(os.Environ(), netnsVariable+"="+name))
	}
	fmt.Fprintf(os.Stderr, "%s: enter network namespace %s: %v; 'ip netns list' shows those there are\n", program, name, err)
	return exitFatal, false
}

// neededCapabilities are what the children cannot do without.
var neededCapabilities = []struct {
	bit  uint
	name string
}{{unix.CAP_NET_ADMIN, "net_admin"}, {unix.CAP_NET_RAW, "net_raw"}}

// missingCapabilities names the capabilities that this process lacks.
func missingCapabilities() []string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil // the children will find out
	}
	for line := range strings.Lines(string(status)) {
		value, ok := strings.CutPrefix(line, "CapEff:")
		if !ok {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil {
			return nil
		}
		var missing []string
		for _, c := range neededCapabilities {
			if set&(1<<c.bit) == 0 {
				missing = append(missing, c.name)
			}
		}
		return missing
	}
	return nil
}

// maxLogged is how many problems of one reading of a configuration go to the log. A file that is no
// configuration has many thousands, which would bury what else the log has to say.
const maxLogged = 1000

// logProblems writes the problems of a configuration, a line for each, at most maxLogged.
func logProblems(log *zap.Logger, problems []parser.Problem) {
	logged, left := 0, 0
	for i := range problems {
		p := &problems[i]
		if logged++; logged > maxLogged {
			left++
			continue
		}
		text := p.Message
		if at := p.Pos.String(); at != "" {
			text = "(" + at + ") " + text
		}
		if p.Instead != "" {
			text += "; " + p.Instead
		}
		if p.Cure != "" {
			text += "; cure: " + p.Cure
		}
		switch p.Severity {
		case parser.Error:
			log.Error(text)
		case parser.Warning:
			log.Warn(text)
		default:
			log.Debug(text)
		}
	}
	if left > 0 {
		log.Warn(fmt.Sprintf("%d more problems are not logged; 'holdfastctl check' lists them", left))
	}
}

// waitForSignals directs the parent's signals into its loop.
func (p *parent) waitForSignals() {
	watch := []os.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, syscall.Signal(signalNumbers["STATS_CLEAR"]), syscall.Signal(signalNumbers["JSON"])}
	if p.options.IgnoreSIGINT {
		signal.Ignore(unix.SIGINT)
	} else {
		watch = append(watch, unix.SIGINT)
	}
	signal.Ignore(unix.SIGPIPE)
	signal.Notify(p.signals, watch...)
}
