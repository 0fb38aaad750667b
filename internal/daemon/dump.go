package daemon

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// processData is what a process dumps, with its name in names of files.
type processData struct {
	role Role
	name string
	pid  int
	text string
}

// dataNames are the names of processes in config_save_dir.
var dataNames = map[Role]string{VRRP: "vrrp", LVS: "check", BFD: "bfd"}

// data asks all processes. It must not be called from the loop.
func (p *parent) data() []processData {
	s := p.status(false)
	var c *config.Config
	pids := map[Role]int{}
	read := make(chan struct{})
	p.post(func() {
		c = p.config
		for role, child := range p.processes {
			if child.cmd != nil {
				pids[role] = child.cmd.Process.Pid
			}
		}
		close(read)
	})
	<-read
	var all []processData
	add := func(role Role, text string) {
		all = append(all, processData{role, dataNames[role], pids[role], text})
	}
	if s.VRRP != nil {
		add(VRRP, writeData(c, s.VRRP, &s.Tracking))
	}
	if s.LVS != nil {
		add(LVS, writeCheckData(c, s.LVS))
	}
	if s.BFD != nil {
		add(BFD, writeBFDData(c, s.BFD))
	}
	return all
}

// parentData is what the parent itself dumps: what holds for all processes.
func (p *parent) parentData() processData {
	got := make(chan processData, 1)
	p.post(func() {
		var w datafile.Writer
		datafile.Global(&w, p.config, datafile.ParentProcess)
		got <- processData{"", "parent", os.Getpid(), w.String()}
	})
	return <-got
}

// dumpData is SIGUSR1: keepalived.data, keepalived_check.data, keepalived_bfd.data and
// keepalived_parent.data in keepalived's layout.
func (p *parent) dumpData() {
	current := make(chan *config.Global, 1)
	p.post(func() { current <- &p.config.Global })
	g := <-current
	for _, d := range append(p.data(), p.parentData()) {
		process, called := "", "VRRP"
		switch d.role {
		case LVS:
			process, called = "_check", "checker"
		case BFD:
			process, called = "_bfd", "BFD"
		case "":
			process, called = "_parent", "parent"
		}
		p.log.Info("Printing " + called + " data on signal")
		p.dump(dumpPath(g, p.paths.Temp, process, p.suffix), d.text)
	}
}

// dumpStats is SIGUSR2, and with clear SIGRTMAX-1.
func (p *parent) dumpStats(clear bool) {
	s := p.status(clear)
	if s.VRRP == nil {
		p.log.Warn("there are no VRRP statistics: no VRRP process runs")
		return
	}
	p.log.Info("Printing VRRP stats on signal")
	var b strings.Builder
	writeStats(&b, s.VRRP.Instances)
	p.dump(filepath.Join(p.paths.Temp, "keepalived.stats"), b.String())
}

// dumpJSON is the signal JSON: keepalived.json, unless there is no instance.
func (p *parent) dumpJSON() {
	s := p.status(false)
	current := make(chan *config.Config, 1)
	p.post(func() { current <- p.config })
	c := <-current
	if s.VRRP == nil || len(c.Instances) == 0 {
		p.log.Warn("there is nothing to write as JSON: no instance runs")
		return
	}
	p.log.Info("Printing VRRP as json on signal")
	p.dump(filepath.Join(p.paths.Temp, "keepalived.json"), datafile.JSON(c, s.VRRP, &s.Tracking))
}

// dump writes a file under another name and moves it, so that readers see it whole. It has the mode
// that the umask leaves of 0666, as keepalived's has: 0600, unless the keyword or option umask says more.
func (p *parent) dump(path, text string) {
	name := path + "." + rand.Text()[:8] // a name that nobody in /tmp can have taken
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil {
		_, err = f.WriteString(text)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err == nil {
			err = os.Rename(name, path)
		}
		if err != nil {
			os.Remove(name)
		}
	}
	if err != nil {
		p.log.Error("a dump cannot be written", zap.String("file", path), zap.Error(err))
	}
}

// writeData is keepalived.data.
func writeData(c *config.Config, s *speaker.Status, t *tracking.Status) string {
	var w datafile.Writer
	datafile.Global(&w, c, datafile.VRRPProcess)
	datafile.VRRP(&w, c, s, t)
	return w.String()
}

// writeStats is keepalived.stats.
func writeStats(w io.Writer, instances []speaker.InstanceStatus) {
	for i := range instances {
		s := &instances[i].Stats
		fmt.Fprintf(w, "VRRP Instance: %s\n", instances[i].Name)
		fmt.Fprintf(w, "  Advertisements:\n    Received: %d\n    Sent: %d\n", s.AdvertReceived, s.AdvertSent)
		fmt.Fprintf(w, "  Became master: %d\n  Released master: %d\n", s.BecameMaster, s.ReleasedMaster)
		fmt.Fprintf(w, "  Packet Errors:\n    Length: %d\n    TTL: %d\n    Invalid Type: %d\n    Advertisement Interval: %d\n    Address List: %d\n",
			s.LengthErrors, s.TTLErrors, s.TypeErrors, s.IntervalErrors, s.AddressErrors)
		fmt.Fprintf(w, "  Authentication Errors:\n    Invalid Type: %d\n    Type Mismatch: %d\n    Failure: %d\n",
			s.AuthInvalidType, s.AuthTypeMismatch, s.AuthFailure)
		fmt.Fprintf(w, "  Authentication Extension Errors:\n    Missing: %d\n    Malformed: %d\n    Unknown Key: %d\n    Invalid HMAC: %d\n    Stale: %d\n    Replay: %d\n",
			s.AuthExtMissing, s.AuthExtMalformed, s.AuthExtUnknownKey, s.AuthExtInvalid, s.AuthExtStale, s.AuthExtReplay)
		fmt.Fprintf(w, "  Priority Zero:\n    Received: %d\n    Sent: %d\n", s.PriorityZeroReceived, s.PriorityZeroSent)
	}
}

// writeBFDData is keepalived_bfd.data.
func writeBFDData(c *config.Config, s *bfdspeaker.Status) string {
	var w datafile.Writer
	datafile.Global(&w, c, datafile.BFDProcess)
	datafile.BFD(&w, c, s)
	return w.String()
}

// writeCheckData is keepalived_check.data.
func writeCheckData(c *config.Config, s *director.Status) string {
	var w datafile.Writer
	datafile.Global(&w, c, datafile.CheckProcess)
	datafile.Check(&w, c, s)
	return w.String()
}
