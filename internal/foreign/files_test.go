package foreign_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/foreign"
)

const lvsDR = `# lvs_dr.conf
LVS_TYPE=VS_DR
INITIAL_STATE=on
VIP=eth0:110 lvs 255.255.255.255 192.168.1.110
DIRECTOR_INSIDEIP=eth0 director 192.168.1.0 255.255.255.0 192.168.1.255
SERVICE=t telnet rr real-server1 real-server2
SERVICE=t http wrr real-server1:http,3 real-server9
SERVER_VIP_DEVICE=lo:0
SERVER_NET_DEVICE=eth0
`

const ldirectordCF = `checktimeout=3
checkinterval=1
quiescent=yes
emailalert="admin@example.com"
callback="/usr/local/bin/sync"

virtual=192.168.6.240:80
        real=192.168.6.2:80 gate 5
        real=192.168.6.3:80 masq "check.html", "Test Page"
        fallback=127.0.0.1:80 gate
        service=http
        request="index.html"
        receive="OK"
        scheduler=wlc
        persistent=600
        netmask=255.255.255.255
        protocol=tcp
        checktype=negotiate
virtual=1
        real=192.168.6.2:443 ipip
        checktype=connect
`

func TestFilesOfOtherToolsBecomeTheirTables(t *testing.T) {
	for name, c := range map[string]struct {
		read     func(string, foreign.Names) foreign.Result
		text     string
		table    string
		lines    []string
		warnings []string
	}{
		"lvs_dr.conf": {foreign.LVSDR, lvsDR, `-A -t 192.168.1.110:23 -s rr
-a -t 192.168.1.110:23 -r 192.168.1.11:23 -g -w 1
-a -t 192.168.1.110:23 -r 192.168.1.12:23 -g -w 1
-A -t 192.168.1.110:80 -s wrr
-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 3
`, []string{"192.168.1.110/32 dev eth0 label eth0:110", "TCP_CHECK"},
			[]string{"line 7: real server real-server9: no such host", "line 3: INITIAL_STATE has no counterpart", "line 8: SERVER_VIP_DEVICE is for the real servers"}},
		"ldirectord.cf": {foreign.Ldirectord, ldirectordCF, `-A -t 192.168.6.240:80 -s wlc -p 600
-a -t 192.168.6.240:80 -r 192.168.6.2:80 -g -w 5
-a -t 192.168.6.240:80 -r 192.168.6.3:80 -m -w 1
-A -f 1 -s wrr
-a -f 1 -r 192.168.6.2:0 -i -w 1 --tun-type ipip
`, []string{"inhibit_on_failure", "delay_loop 1", "sorry_server 127.0.0.1 80", `path "/index.html"`, `regex "OK"`, `path "/check.html"`, `regex "Test Page"`, "connect_timeout 3", `"admin@example.com"`},
			[]string{"callback has no counterpart", "add a vrrp_instance"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.read(c.text, names())
			if diff := cmp.Diff(c.table, table(t, r.Text).Save()); diff != "" {
				t.Errorf("%s\n%s", diff, r.Text)
			}
			table(t, r.Text) // it loads with its checks as well
			for _, l := range c.lines {
				if !strings.Contains(r.Text, l) {
					t.Errorf("no %q in\n%s", l, r.Text)
				}
			}
			for _, w := range c.warnings {
				if !slices.ContainsFunc(r.Warnings, func(s string) bool { return strings.Contains(s, w) }) {
					t.Errorf("no warning %q in %q", w, r.Warnings)
				}
			}
		})
	}
}
