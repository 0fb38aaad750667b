package fieldtest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// thresholds are not in the output of ipvsadm-save.
var thresholds = regexp.MustCompile(` -x \d+ -y \d+`)

// Rows are the lines of what ipvsadm-save printed, in one order.
func Rows(saved string) []string {
	list := strings.Split(thresholds.ReplaceAllString(saved, ""), "\n")
	slices.Sort(list)
	return slices.DeleteFunc(list, func(row string) bool { return row == "" })
}

// WantedRows are the rows of the table that our core wants with lvs_active always, keepalived's way.
// Checks go on while tables are read, so a real server with checks that is not in keepalived's rows, or
// there with weight 0 because of inhibit_on_failure, counts as failed. failed is their number.
func WantedRows(c *config.Config, keepalived []string) (rows []string, failed int) {
	always := *c
	always.Global.LVSActiveAlways = true
	var servers []lvs.VirtualServer
	for _, v := range wiring.Director(&always, wiring.Options{VRRP: true}).VirtualServers {
		servers = append(servers, v.VirtualServer)
	}
	d := lvs.NewDirector(servers)
	d.Step(lvs.Event{Kind: lvs.Started})
	for _, v := range servers {
		for _, r := range v.RealServers {
			if !r.Checked || works(v.Services[0].Service, r, keepalived) {
				continue
			}
			failed++
			d.Step(lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: v.Name, Real: r.Destination.DestinationKey}})
		}
	}
	return Rows(d.Table().Save()), failed
}

// works tells whether keepalived's rows have a real server in a service.
func works(s lvs.Service, r lvs.RealServer, rows []string) bool {
	key := r.Destination.DestinationKey
	if r.Destination.Forward != lvs.Masquerade {
		key.Port = s.Port
	}
	row := "-a " + s.ServiceKey.String() + " -r " + key.String() + " "
	at := slices.IndexFunc(rows, func(have string) bool { return strings.HasPrefix(have, row) })
	return at >= 0 && !(r.Inhibit && strings.HasSuffix(rows[at], " -w 0"))
}
