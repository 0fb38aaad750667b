package director

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// setTimeouts applies lvs_timeouts. The kernel's own are remembered the first time.
func (d *Director) setTimeouts() {
	d.table.timed = true
	t := timeouts(d.settings)
	if t == (lvs.Timeouts{}) && d.restore == (lvs.Timeouts{}) {
		return
	}
	var err error
	if d.restore == (lvs.Timeouts{}) {
		if d.restore, err = d.deps.Kernel.Timeouts(); err != nil {
			d.log.Error("reading IPVS timeouts failed", zap.Error(err))
		}
	}
	for _, v := range []struct{ to, from *time.Duration }{
		{&t.TCP, &d.restore.TCP}, {&t.TCPFin, &d.restore.TCPFin}, {&t.UDP, &d.restore.UDP},
	} {
		if *v.to == 0 { // no longer configured: back to what was
			*v.to = *v.from
		}
	}
	if err := d.deps.Kernel.SetTimeouts(t); err != nil {
		d.log.Error("setting IPVS timeouts failed", zap.Error(err))
	}
}

func timeouts(s Settings) lvs.Timeouts {
	return lvs.Timeouts{TCP: s.TCP, TCPFin: s.TCPFin, UDP: s.UDP}
}

// repairTimeouts puts lvs_timeouts right if found differs in one that is configured.
func (d *Director) repairTimeouts(found lvs.Timeouts) {
	want := timeouts(d.settings)
	if d.table.timed || found == (lvs.Timeouts{}) {
		return
	}
	right := true
	for _, v := range []struct {
		name       string
		want, have time.Duration
	}{{"tcp", want.TCP, found.TCP}, {"tcpfin", want.TCPFin, found.TCPFin}, {"udp", want.UDP, found.UDP}} {
		if v.want != 0 && v.want != v.have {
			right = false
			d.drifted(fmt.Sprintf("lvs_timeouts %s %d", v.name, v.want/time.Second))
		}
	}
	if right {
		return
	}
	if err := d.deps.Kernel.SetTimeouts(want); err != nil {
		d.log.Error("setting IPVS timeouts failed", zap.Error(err))
	}
}
