package notify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

func TestChangesOfServersAreToldInKeepalivedsWords(t *testing.T) {
	const vs, rs = "[192.0.2.1]:tcp:80", "[192.0.2.10]:tcp:80"
	real := func(kind lvs.ChangeKind, up bool) director.Change {
		return director.Change{VirtualServer: vs, RealServer: rs, Kind: kind, Up: up, Alert: true}
	}
	check := func(name string, kind lvs.ChangeKind, detail string) director.Change {
		c := real(kind, kind == lvs.CheckUp)
		c.Check, c.Detail = name, detail
		return c
	}
	sum := func(kind lvs.ChangeKind, initial bool, weight int64) director.Change {
		return director.Change{VirtualServer: vs, Kind: kind, Up: kind == lvs.QuorumGained, Alert: true, Initial: initial, Weight: weight, Quorum: 3, Hysteresis: 1}
	}
	removed := real(lvs.RealServerDown, false)
	removed.Removed = true
	stopped := removed
	stopped.Stopping = true
	unwanted := sum(lvs.QuorumGained, false, 9)
	unwanted.Alert = false
	group := director.Change{VirtualServer: "[web]:0", RealServer: "[2001:db8::1]:udp:53", Kind: lvs.RealServerUp, Up: true}
	subject := func(state string) string {
		return "mail [LAB] Realserver [192.0.2.10]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - " + state
	}
	for _, tt := range []struct {
		name   string
		change director.Change
		want   []string
	}{
		{"a real server up is mailed by its check", real(lvs.RealServerUp, true), []string{`fifo RS [192.0.2.10]:tcp:80 [192.0.2.1]:tcp:80 UP\n\0`}},
		{"down", real(lvs.RealServerDown, false), []string{`fifo RS [192.0.2.10]:tcp:80 [192.0.2.1]:tcp:80 DOWN\n\0`}},
		{"removed", removed, []string{`fifo RS [192.0.2.10]:tcp:80 [192.0.2.1]:tcp:80 DOWN\n\0`, subject("DOWN"), "     => Removing <="}},
		{"omega", stopped, []string{`fifo RS [192.0.2.10]:tcp:80 [192.0.2.1]:tcp:80 DOWN\n\0`, subject("DOWN"), "     => Shutting down <="}},
		{"of a group", group, []string{`fifo RS [2001:db8::1]:udp:53 [web]:0 UP\n\0`}},
		{"quorum at the start", sum(lvs.QuorumGained, true, 4), []string{`fifo VS [192.0.2.1]:tcp:80 UP\n\0`,
			"mail [LAB] Virtualserver [192.0.2.1]:tcp:80 - UP", "     => Starting with quorum up 3+1=4 <= 4 <="}},
		{"no quorum at the start", sum(lvs.QuorumLost, true, 1), []string{`fifo VS [192.0.2.1]:tcp:80 DOWN\n\0`,
			"mail [LAB] Virtualserver [192.0.2.1]:tcp:80 - DOWN", "     => Starting with quorum down 3+1=2 <= 1 <="}},
		{"quorum gained", sum(lvs.QuorumGained, false, 5), []string{`fifo VS [192.0.2.1]:tcp:80 UP\n\0`,
			"mail [LAB] Virtualserver [192.0.2.1]:tcp:80 - UP", "     => Gained quorum 3+1=4 <= 5 <="}},
		{"quorum lost", sum(lvs.QuorumLost, false, 0), []string{`fifo VS [192.0.2.1]:tcp:80 DOWN\n\0`,
			"mail [LAB] Virtualserver [192.0.2.1]:tcp:80 - DOWN", "     => Lost quorum 3+1=2 <= 0 <="}},
		{"no smtp_alert", unwanted, []string{`fifo VS [192.0.2.1]:tcp:80 UP\n\0`}},
		{"TCP_CHECK down", check("TCP_CHECK", lvs.CheckDown, "refused"), []string{subject("DOWN"), "     => TCP CHECK failed on service <="}},
		{"TCP_CHECK up", check("TCP_CHECK", lvs.CheckUp, ""), []string{subject("UP"), "     => TCP CHECK succeed on service <="}},
		{"MISC_CHECK", check("MISC_CHECK", lvs.CheckUp, ""), []string{subject("UP"), "     => MISC CHECK succeeded on service <="}},
		{"UDP_CHECK", check("UDP_CHECK", lvs.CheckDown, ""), []string{subject("DOWN"), "     => UDP CHECK failed on service <="}},
		{"PING_CHECK", check("PING_CHECK", lvs.CheckDown, ""), []string{subject("DOWN"), "     => ICMP CHECK failed on service <="}},
		{"DNS_CHECK", check("DNS_CHECK", lvs.CheckUp, ""), []string{subject("UP"), "     => DNS_CHECK: succeed on service <="}},
		{"HTTP_GET", check("HTTP_GET", lvs.CheckDown, "404"), []string{subject("DOWN"), "     => CHECK failed on service : HTTP request failed <="}},
		{"SMTP_CHECK", check("SMTP_CHECK", lvs.CheckDown, "no greeting"), []string{subject("DOWN"), "     => CHECK failed on service : no greeting <="}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, told(TellLVS("LAB", tt.change))); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}
