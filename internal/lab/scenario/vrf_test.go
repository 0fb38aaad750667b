//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestVRF has routers whose interface belongs to a VRF: instances on it, with interfaces of their own that
// then belong to it too, beside keepalived; and instances that name the VRF and no interface, which
// keepalived 2.2.7 refuses.
func TestVRF(t *testing.T) {
	tested, fifth := under(t), 200*time.Millisecond
	t.Run("interface in a VRF", func(t *testing.T) {
		t.Parallel()
		d := even("VRF", 3, fifth).with(func(d *duel) { d.extra, d.on = both("use_vmac"), "vrrp.51" })
		a := newVRF(t, d, [2]lab.Program{tested, lab.Keepalived})
		a.turns([2]string{a.config(0), a.config(1)})
		out, err := a.routers[0].Exec("ip", "-o", "link", "show", "dev", "vrrp.51")
		if err != nil || !strings.Contains(out, "master red") {
			t.Errorf("the interface of its own is not in the VRF: %v %s", err, out)
		}
	})
	t.Run("vrf", func(t *testing.T) {
		t.Parallel()
		a := newVRF(t, even("vrf", 3, fifth), [2]lab.Program{tested, tested})
		var configs [2]string
		for i := range configs {
			configs[i] = fmt.Sprintf("vrrp_instance VI_1 {\n state BACKUP\n vrf red\n virtual_router_id 51\n priority %d\n advert_int 0.2\n version 3\n"+
				" unicast_src_ip 10.0.0.%d\n unicast_peer {\n 10.0.0.%d\n }\n virtual_ipaddress {\n 10.0.0.22 dev eth0\n }\n}\n", a.priority[i], 9-i, 8+i)
		}
		a.turns(configs)
	})
}

func newVRF(t *testing.T, d duel, p [2]lab.Program) *arena {
	a := newArena(t, d, p)
	for _, r := range a.routers {
		must(t, r.IP("link add red type vrf table 100\nlink set red up\nlink set eth0 master red"))
	}
	return a
}
