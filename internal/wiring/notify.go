package wiring

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// leastMailTimeout is what smtp_connect_timeout amounts to when nothing sensible is given.
const leastMailTimeout = time.Second

// Notify returns who is told of what. hostname stands in where the configuration names no router_id,
// no sender and no smtp_helo_name.
func Notify(c *config.Config, hostname string, o Options) notify.Settings {
	g := &c.Global
	command := func(s *config.Script) *script.Command { return Command(s, g, o.Groups) }
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	return notify.Settings{
		Plan:  notify.NewPlan(c, or(g.RouterID, hostname), command),
		FIFOs: fifos(c, command),
		Mail: mail.Settings{
			Server:  g.SMTPServer,
			Port:    g.SMTPPort,
			Helo:    or(g.SMTPHelo, hostname),
			From:    or(g.EmailFrom, "root@"+hostname),
			To:      g.EmailTo,
			Timeout: max(g.SMTPTimeout, leastMailTimeout),
		},
	}
}

// fifos are the FIFOs of a configuration. One that is named for several purposes is written to once:
// notify_fifo goes before the others, and of two with a script the one of VRRP.
func fifos(c *config.Config, command func(*config.Script) *script.Command) []notify.FIFO {
	g := &c.Global
	hasVRRP, hasLVS := len(c.Instances) > 0, len(c.VirtualServers) > 0
	var list []notify.FIFO
	add := func(f *config.FIFO, vrrp, lvs bool) {
		if f.Path == "" || !vrrp && !lvs {
			return
		}
		for i := range list {
			if list[i].Path != f.Path {
				continue
			}
			list[i].VRRP, list[i].LVS = list[i].VRRP || vrrp, list[i].LVS || lvs
			if list[i].Reader == nil && f.Script != nil {
				list[i].Reader = command(f.Script)
			}
			return
		}
		n := notify.FIFO{Path: f.Path, UID: f.UID, GID: f.GID, VRRP: vrrp, LVS: lvs}
		if f.Script != nil && len(f.Script.Args) > 0 {
			n.Reader = command(f.Script)
		}
		list = append(list, n)
	}
	add(&g.NotifyFIFO, hasVRRP, hasLVS)
	add(&g.VRRPNotifyFIFO, hasVRRP, false)
	add(&g.LVSNotifyFIFO, false, hasLVS)
	return list
}
