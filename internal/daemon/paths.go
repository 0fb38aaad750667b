package daemon

import (
	"os"
	"path/filepath"
	"strings"
)

// Paths are the files of a running daemon.
type Paths struct {
	PID, VRRPPID, LVSPID, BFDPID string
	Dir                          string // what is the daemon's own: control socket, state file
	Temp                         string // dumps and log files
}

// RunDir is where pid files are; a package may set it at build time.
var RunDir = "/run"

// NewPaths follows keepalived's rules: flat pid files, or a directory with the instance's name with
// use_pid_dir, an instance or a namespace; options override. A daemon with another pid file than
// the usual one is another daemon on the same host: its own directory has another name too.
func NewPaths(o *Options, pidDir bool, instance, namespace string) Paths {
	p := Paths{Temp: tempDir(), Dir: filepath.Join(RunDir, "holdfast")}
	name := func(base string) string { return filepath.Join(RunDir, base+".pid") }
	if pidDir || instance != "" || namespace != "" {
		suffix := ""
		if instance != "" {
			suffix = "_" + instance
		}
		name = func(base string) string { return filepath.Join(RunDir, "keepalived", base+suffix+".pid") }
		if own := suffixed(namespace, instance); own != "" {
			p.Dir = filepath.Join(p.Dir, "of-"+own)
		}
	}
	if o.PIDFile != "" && o.PIDFile != name("keepalived") {
		p.Dir = filepath.Join(RunDir, "holdfast", strings.ReplaceAll(strings.Trim(o.PIDFile, "/"), "/", "-"))
	}
	p.PID, p.VRRPPID, p.LVSPID = or(o.PIDFile, name("keepalived")), or(o.VRRPPIDFile, name("vrrp")), or(o.CheckersPIDFile, name("checkers"))
	p.BFDPID = or(o.BFDPIDFile, name("bfd"))
	return p
}

// suffixed joins what tells daemons on one host apart.
func suffixed(parts ...string) string {
	var set []string
	for _, p := range parts {
		if p != "" {
			set = append(set, p)
		}
	}
	return strings.Join(set, "_")
}

// Control is the control socket.
func (p Paths) Control() string { return filepath.Join(p.Dir, "control.sock") }

// State is the VRRP process's state file.
func (p Paths) State() string { return filepath.Join(p.Dir, "vrrp.state") }

// LVSState is the LVS process's state file.
func (p Paths) LVSState() string { return filepath.Join(p.Dir, "lvs.state") }

// BFDState is the BFD process's state file.
func (p Paths) BFDState() string { return filepath.Join(p.Dir, "bfd.state") }

// LogFile is the log file of a role ("", "vrrp", "check", "bfd"): the name with the role and the instance
// before its extension, as keepalived forms it.
func (p Paths) LogFile(o *Options, role, suffix string) string {
	if !o.ToFile {
		return ""
	}
	file := or(o.LogFile, filepath.Join(p.Temp, "keepalived.log"))
	insert := ""
	for _, part := range []string{role, suffix} {
		if part != "" {
			insert += "_" + part
		}
	}
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + insert + ext
}

// tempDir is $TMPDIR where that is an absolute directory, else /tmp.
func tempDir() string {
	if dir := os.Getenv("TMPDIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return "/tmp"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
