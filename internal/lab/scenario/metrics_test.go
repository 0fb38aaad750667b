//go:build lab

package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
	statuspage "github.com/holdfast-ha/holdfast/internal/web/page"
)

const metricsFile = `
global_defs {
    metrics_listen 10.10.10.30:9165
    status_listen 10.10.10.30:9165
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.5
    virtual_ipaddress {
        10.10.10.22
    }
}
virtual_server 10.10.10.22 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.10.10.31 80 {
        TCP_CHECK {
        }
    }
    real_server 10.10.10.32 80 {
        TCP_CHECK {
            retry 0
        }
    }
}
`

// TestMetricsTellOfTrafficAndChecks counts connections through a MASTER beside what its metrics and its status
// page tell of them, and takes a real server away.
func TestMetricsTellOfTrafficAndChecks(t *testing.T) {
	s := newSite(t)
	vip := address("10.10.10.22")
	d := s.host("d", "10.10.10.30/24").Direct(lab.Holdfast)
	logsOnFailure(t, d)
	s.realServer("10.10.10.31", "10.10.10.31/24", 80, vip)
	_, second := s.realServer("10.10.10.32", "10.10.10.32/24", 80, vip)
	client := s.host("client", "10.10.10.100/24")
	must(t, d.Start(metricsFile))

	const vs, first, other = `vs="10.10.10.22:80/tcp"`, `rs="10.10.10.31:80",`, `rs="10.10.10.32:80",`
	value := func(series string) float64 { return valueOf(client, series) }
	eventually(t, 30*time.Second, "both real servers are told to be up", func() bool {
		return value("keepalived_real_server_up{"+first+vs+"}") == 1 && value("keepalived_real_server_up{"+other+vs+"}") == 1
	})
	const connections = 20
	client.Ask(at(vip, 80), connections, 10*time.Second)
	// The kernel adds its counters up every two seconds.
	eventually(t, 30*time.Second, "the connections are counted", func() bool {
		return value("keepalived_virtual_server_connections_total{"+vs+"}") == connections
	})
	for _, rs := range []string{first, other} {
		if n := value("keepalived_real_server_connections_total{" + rs + vs + "}"); n != connections/2 {
			t.Errorf("%s %v connections, want half of %d", rs, n, connections)
		}
		if n := value(`keepalived_real_server_bytes_total{direction="in",` + rs + vs + "}"); n < connections/2*100 {
			t.Errorf("%s %v octets", rs, n)
		}
	}
	showsTheTable(t, d, client, at(vip, 80), connections)
	second.Close()
	eventually(t, 30*time.Second, "the loss of a real server is told", func() bool {
		return value("keepalived_real_server_up{"+other+vs+"}") == 0
	})
	if n := value(`keepalived_real_server_checks_total{check="TCP_CHECK",result="failure",` + other + vs + "}"); n < 1 {
		t.Errorf("%v failed checks are told", n)
	}
	if n := value("keepalived_ipvs_in_sync"); n != 1 {
		t.Errorf("in sync: %v", n)
	}
}

// showsTheTable compares what the page shows with what ipvsadm prints of the same table, once three connections
// more are open and nothing passes any more.
func showsTheTable(t *testing.T, d *lab.Director, client *lab.Host, service netip.AddrPort, before int) {
	t.Helper()
	const open = 3
	for range open {
		c, err := client.Dial("tcp", service, 10*time.Second)
		must(t, err)
		defer c.Close()
		_, err = c.Write([]byte("echo\n"))
		must(t, err)
	}
	var shown, table []string
	eventually(t, 30*time.Second, "the page shows the table", func() bool {
		var view statuspage.View
		shown, table = nil, nil
		text := ask(client, "http://10.10.10.30:9165/page/state")
		if json.Unmarshal([]byte(text), &view) != nil || len(view.Instances) != 1 || view.Instances[0].State != "MASTER" {
			return false
		}
		for _, v := range view.VirtualServers {
			shown = append(shown, line(v.Name, v.Counters))
			for _, r := range v.RealServers {
				shown = append(shown, line(r.Name, r.Counters))
			}
		}
		table = listed(t, d)
		return slices.Equal(shown, table) && strings.Contains(table[0], fmt.Sprintf(" %d active, ", open)) &&
			strings.Contains(table[0], fmt.Sprintf(" %d connections, ", before+open))
	})
	t.Logf("as ipvsadm has it and the page shows it:\n%s", strings.Join(table, "\n"))
}

// line is what the page shows of a server.
func line(name string, c *statuspage.Counters) string {
	if c == nil {
		return name
	}
	name = strings.TrimSuffix(name, "/tcp")
	return fmt.Sprintf("%s: %d active, %d inactive, %d connections, %d and %d packets, %d and %d octets",
		name, c.Active, c.Inactive, c.Connections, c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut)
}

// listed is the same in what ipvsadm prints, in the order of names but for the first.
func listed(t *testing.T, d *lab.Director) []string {
	t.Helper()
	var names []string
	counters := map[string]*statuspage.Counters{}
	for _, options := range [][]string{{"-Ln", "--stats", "--exact"}, {"-Ln"}} {
		text, err := d.Exec("ipvsadm", options...)
		must(t, err)
		for l := range strings.Lines(text) {
			f := strings.Fields(l)
			if len(f) < 6 || f[0] != "TCP" && f[0] != "->" || strings.Contains(f[1], "Address") {
				continue
			}
			c := counters[f[1]]
			if c == nil {
				c = &statuspage.Counters{}
				counters[f[1]] = c
				names = append(names, f[1])
			}
			if len(options) == 1 { // -> address forward weight active inactive
				active, _ := strconv.Atoi(f[4])
				inactive, _ := strconv.Atoi(f[5])
				c.Active, c.Inactive = uint32(active), uint32(inactive)
				counters[names[0]].Active += c.Active
				counters[names[0]].Inactive += c.Inactive
				continue
			}
			for i, into := range []*uint64{&c.Connections, &c.PacketsIn, &c.PacketsOut, &c.BytesIn, &c.BytesOut} {
				*into, _ = strconv.ParseUint(f[2+i], 10, 64)
			}
		}
	}
	if len(names) > 0 {
		slices.Sort(names[1:])
	}
	var all []string
	for _, n := range names {
		all = append(all, line(n, counters[n]))
	}
	return all
}

// ask asks the director over HTTP; what cannot be had is empty.
func ask(client *lab.Host, url string) string {
	tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return client.Dial("tcp", netip.MustParseAddrPort("10.10.10.30:9165"), 10*time.Second)
	}}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: 30 * time.Second}).Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(text)
}

// valueOf asks the director for metrics and returns the value of a series; -1: there is none.
func valueOf(client *lab.Host, series string) float64 {
	_, rest, found := strings.Cut(ask(client, "http://director/metrics"), "\n"+series+" ")
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(number, 64)
	if !found || err != nil {
		return -1
	}
	return n
}
