package mib

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// global is the global branch of KEEPALIVED-MIB.
func (m *model) global() view {
	g := &m.Config.Global
	type global = config.Global
	server, _ := netip.ParseAddr(g.SMTPServer)
	if !server.IsValid() {
		server = netip.IPv4Unspecified() // keepalived's of a name that it did not find
	}
	flush := map[string]int{"all": 1, "VS": 3}[g.LVSFlushOnStop]
	if flush == 0 {
		flush = 2
	}
	poll := 1
	if g.LinkbeatPoll {
		poll = 2
	}
	own := scalars(Global, *g, []column[global]{
		{1, func(*global) agentx.Value { return agentx.Text(m.Version) }},
		{2, func(g *global) agentx.Value { return text(g.RouterID) }},
		{4, func(g *global) agentx.Value { return truth(g.SNMP.Traps) }},
		{5, func(*global) agentx.Value { return agentx.Int(poll) }},
		{6, func(g *global) agentx.Value { return truth(g.LVSFlush) }},
		{7, func(*global) agentx.Value { return truth(true) }},
		{8, func(g *global) agentx.Value { return agentx.Text(g.NetNamespace) }},
		{9, func(g *global) agentx.Value { return truth(g.DBus) }},
		{10, func(g *global) agentx.Value { return truth(g.DynamicInterfaces) }},
		{11, func(*global) agentx.Value { return agentx.Int(flush) }},
		{12, func(g *global) agentx.Value { return truth(g.V3ChecksumAsV2) }},
	})
	mail := Global.Append(3)
	mails := scalars(mail, *g, []column[global]{
		{1, func(*global) agentx.Value { return family(server) }},
		{2, func(*global) agentx.Value { return inet(server) }},
		{3, func(g *global) agentx.Value { return seconds(g.SMTPTimeout) }},
		{4, func(g *global) agentx.Value { return text(g.EmailFrom) }},
		{6, func(g *global) agentx.Value { return agentx.Unsigned(uint32(g.SMTPPort)) }},
		{7, func(g *global) agentx.Value { return truth(!g.NoEmailFaults) }},
		{8, func(g *global) agentx.Value { return tristate(g.SMTPAlert) }},
		{9, func(g *global) agentx.Value { return tristate(g.SMTPAlertVRRP) }},
		{10, func(g *global) agentx.Value { return tristate(g.SMTPAlertCheck) }},
	})
	to := tableOf(mail.Append(5, 1), g.EmailTo, position, []column[string]{
		{2, func(s *string) agentx.Value { return agentx.Text(*s) }},
	})
	return view{own, mails, to}
}
