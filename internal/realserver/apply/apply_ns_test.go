package apply_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/doctor/collect"
	"github.com/holdfast-ha/holdfast/internal/realserver"
	"github.com/holdfast-ha/holdfast/internal/realserver/apply"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

const text = `virtual_server 192.0.2.22 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.0.2.31 80 {
    }
}
`

// snapshot is everything that the ways change.
func snapshot(h *vlan.Host) string {
	var b strings.Builder
	for _, c := range []string{"ip address", "ip rule", "ip route show table all", "nft list ruleset", "sysctl net.ipv4.conf"} {
		words := strings.Fields(c)
		b.WriteString("== " + c + "\n" + h.Run(words[0], words[1:]...))
	}
	return b.String()
}

// TestNSEveryWayServesKeepsQuietAndIsUndone: a second apply does nothing, the host does not answer ARP
// for the address and takes packets for it, and remove puts everything back.
func TestNSEveryWayServesKeepsQuietAndIsUndone(t *testing.T) {
	cfg := config.Load("a.conf", parser.Options{Files: parser.OneFile("a.conf", text)}, config.AnyHost{}).Config
	for _, way := range []realserver.Way{realserver.Loopback, realserver.ARP, realserver.Redirect} {
		t.Run(string(way), func(t *testing.T) {
			lan := vlan.New(t)
			rs, client := lan.Host("192.0.2.31/24"), lan.Host("192.0.2.40/24")
			client.Run("ip", "address", "add", "198.51.100.1/32", "dev", "lo")
			rs.Run("ip", "route", "add", "198.51.100.1", "via", "192.0.2.40")
			before := snapshot(rs)
			state := filepath.Join(t.TempDir(), "state.json")
			plan := func() (p realserver.Plan, f doctor.Facts) {
				rs.Do(func() { f = collect.Host(cfg, collect.Options{}) })
				return realserver.Make(cfg, &f, way), f
			}
			first, _ := plan()
			var err error
			rs.Do(func() { err = apply.Do(first.Steps, state, func(l string) { t.Log(l) }) })
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := plan(); len(again.Steps) > 0 {
				t.Errorf("applied, and there is still to do: %v", again.Steps)
			}
			_ = client.Command("ping", "-c", "1", "-w", "2", "192.0.2.22").Run()
			if n := client.Run("ip", "neighbour", "show", "192.0.2.22"); strings.Contains(n, "lladdr") {
				t.Errorf("it answers ARP for the address: %s", n)
			}
			_, facts := plan()
			for _, p := range doctor.Examine(cfg, &facts, doctor.Role{RealServer: true}) {
				if strings.HasPrefix(p.ID, "rs-vip") || strings.HasPrefix(p.ID, "rs-arp") {
					t.Errorf("doctor finds %v", p)
				}
			}
			served(t, client, rs)
			rs.Do(func() { err = apply.Undo(state, func(l string) { t.Log(l) }) })
			if err != nil {
				t.Fatal(err)
			}
			if after := snapshot(rs); after != before {
				t.Errorf("it is not as before:\n%s\nbut\n%s", before, after)
			}
			if some, err := apply.Applied(state); some || err != nil {
				t.Errorf("there is still something to undo: %t, %v", some, err)
			}
		})
	}
}

// served sends packets for the address to the real server's MAC address, as DR does, from beyond the LAN.
func served(t *testing.T, client, rs *vlan.Host) {
	t.Helper()
	mac := strings.Fields(rs.Run("cat", "/sys/class/net/eth0/address"))[0]
	client.Run("ip", "neighbour", "replace", "192.0.2.22", "lladdr", mac, "dev", vlan.Interface)
	listener := rs.Command("python3", "-m", "http.server", "80")
	if err := listener.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Process.Kill(); _ = listener.Wait() }()
	out, err := client.Command("curl", "-sS", "--interface", "198.51.100.1", "--connect-timeout", "5", "--max-time", "10",
		"--retry", "20", "--retry-connrefused", "--retry-delay", "1", "--retry-max-time", "30", "-o", "/dev/null", "http://192.0.2.22/").CombinedOutput()
	if err != nil {
		t.Errorf("packets to the address are not taken: %v %s", err, out)
	}
}
