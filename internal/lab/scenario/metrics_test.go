//go:build lab

package scenario

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

const metricsFile = `
global_defs {
    metrics_listen 10.10.10.30:9165
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

// TestMetricsTellOfTrafficAndChecks counts connections through a director beside what it tells of them, and
// takes a real server away.
func TestMetricsTellOfTrafficAndChecks(t *testing.T) {
	s := newSite(t)
	vip := address("10.10.10.22")
	d := s.host("d", "10.10.10.30/24", "10.10.10.22/24").Direct(lab.Holdfast)
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

// valueOf asks the director for metrics and returns the value of a series; -1: there is none.
func valueOf(client *lab.Host, series string) float64 {
	tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return client.Dial("tcp", netip.MustParseAddrPort("10.10.10.30:9165"), 10*time.Second)
	}}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: 30 * time.Second}).Get("http://director/metrics")
	if err != nil {
		return -1
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return -1
	}
	_, rest, found := strings.Cut(string(text), "\n"+series+" ")
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(number, 64)
	if !found || err != nil {
		return -1
	}
	return n
}
