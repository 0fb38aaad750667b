package daemon

import (
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// reloading is the state of reloads.
type reloading struct {
	running bool
	again   bool // asked for meanwhile
	read    bool // the running one has read the configuration
	waiters []func(error)
	failure string // of the running one
	count   uint64 // that took effect
	begun   uint64
	refused uint64
	inForce time.Time // since when the configuration in force is
	last    time.Time
	error   string // of the last one
}

// beginReload reads the configuration anew, beside the loop. One asked for during a reload is done
// afterwards. done, where given, is told how it ended.
func (p *parent) beginReload(done func(error)) {
	if p.stop.running {
		if done != nil {
			done(fmt.Errorf("reload: the daemon is stopping"))
		}
		return
	}
	if done != nil {
		p.reload.waiters = append(p.reload.waiters, done)
	}
	if p.reload.running || !p.ready {
		p.reload.again = true
		return
	}
	p.reload.running, p.reload.failure = true, ""
	p.reload.begun++
	p.log.Info("Reloading ...")
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail for this clock
	p.notifySystemd(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/1000))
	mark, inputs := p.config.Global.ReloadFile, p.inputs
	save, number := p.config.Global.ConfigSaveDir, p.reload.begun
	go func() {
		p.saveData(save, number, "pre")
		if mark != "" {
			if f, err := os.Create(mark); err == nil {
				f.Close()
			}
		}
		same := inputs.same(p.options)
		var result config.Result
		if !same {
			result, inputs = load(p.options)
		}
		if mark != "" {
			os.Remove(mark)
		}
		p.post(func() {
			if same {
				p.unchanged()
				return
			}
			p.reloaded(&result, inputs)
		})
	}()
}

// unchanged ends a reload that found everything as it was.
func (p *parent) unchanged() {
	if p.stop.running {
		return
	}
	p.log.Info("The configuration is the same")
	p.useWeb() // the token may be another one
	p.endReload()
}

// reloaded takes a new configuration into force, or says why not; then nothing has changed.
func (p *parent) reloaded(r *config.Result, in *inputs) {
	if p.stop.running {
		return
	}
	p.reload.read = true
	logProblems(p.log, r.Problems)
	if err := p.refuse(r); err != nil {
		p.log.Error("the new configuration is not used, the old one stays in force", zap.Error(err))
		p.reload.failure = err.Error()
		p.endReload()
		return
	}
	p.config, p.problems, p.inputs = r.Config, r.Problems, in
	p.number++
	setName(or(nameFor(&p.config.Global, ""), p.program))
	p.watchReload()
	p.useNotify()
	p.useSNMP()
	p.useDBus()
	p.watchReloadTime()
	p.useWeb()
	p.track()
	for _, role := range roles {
		if c := p.processes[role]; c != nil {
			p.configure(c)
		}
	}
	p.startProcesses()
	if len(p.processes) == 0 {
		p.endReload()
	}
}

// reloadLimit is how long the processes may take to take a configuration over.
const reloadLimit = 30 * time.Second

// watchReload ends a reload that a process never confirms, so that the next one is not held up.
func (p *parent) watchReload() {
	number := p.number
	time.AfterFunc(reloadLimit, func() {
		p.post(func() {
			if p.reload.running && p.number == number && !p.stop.running {
				p.reload.failure = fmt.Sprintf("not all processes have confirmed it within %v", reloadLimit)
				p.log.Error("the reload hangs", zap.String("error", p.reload.failure))
				p.endReload()
			}
		})
	})
}

// refuse says why a configuration cannot replace the one in force.
func (p *parent) refuse(r *config.Result) error {
	if problem := unreadable(r, p.options.ConfigFile); problem != nil {
		return fmt.Errorf("%s: %s", p.options.ConfigFile, problem.Message)
	}
	if problem := broken(r); problem != nil {
		return fmt.Errorf("the file is broken: %s", config.Describe(*problem))
	}
	if r.DaemonStatus() != exitOK {
		return fmt.Errorf("it cannot be run: %s", summary(r.Problems))
	}
	old, new := &p.config.Global, &r.Config.Global
	for _, fixed := range []struct {
		keyword  string
		old, new any
	}{
		{"net_namespace", old.NetNamespace, new.NetNamespace},
		{"net_namespace_ipvs", old.NetNSIPVS, new.NetNSIPVS},
		{"instance", old.Instance, new.Instance},
		{"use_pid_dir", old.UsePidDir, new.UsePidDir},
		{"disable_local_igmp", old.DisableLocalIGMP, new.DisableLocalIGMP},
	} {
		if fixed.old != fixed.new {
			return fmt.Errorf("%s cannot change while the daemon runs: restart it", fixed.keyword)
		}
	}
	if old.ReloadCheck == config.On && r.TestStatus() != exitOK {
		return fmt.Errorf("reload_check_config wants a file without problems: %s", summary(r.Problems))
	}
	return nil
}

// endReload is called when all children have confirmed, or the reload was refused.
func (p *parent) endReload() {
	r := &p.reload
	r.running, r.last, r.error = false, time.Now(), r.failure
	var err error
	if r.failure == "" {
		p.happened(control.Event{Kind: control.EventReload, Name: p.options.ConfigFile, To: "DONE"})
		r.count++
		r.inForce = r.last
		p.log.Info("Reload complete")
		p.reloadedDBus()
		go p.saveData(p.config.Global.ConfigSaveDir, r.begun, "post")
	} else {
		p.happened(control.Event{Kind: control.EventReload, Name: p.options.ConfigFile, To: "REFUSED", Reason: r.failure})
		r.refused++
		err = fmt.Errorf("reload: %s", r.failure)
	}
	waiters := r.waiters
	if r.again {
		waiters = nil // they are told by the one to come
	} else {
		r.waiters = nil
	}
	for _, done := range waiters {
		done(err)
	}
	p.notifySystemd("READY=1\n" + p.statusLine())
	if r.read {
		r.read = false
		giveBackMemory()
	}
	if r.again {
		r.again = false
		p.beginReload(nil)
	}
}
