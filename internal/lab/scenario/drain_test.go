//go:build lab

package scenario

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

const drainFile = `
global_defs {
    lvs_timeouts tcp 900 tcpfin 2 udp 300
}
` + twoRealServers

// twoRealServers is a virtual server whose real servers are found to be up or down within seconds.
const twoRealServers = `virtual_server 10.10.10.22 80 {
    delay_loop 2
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.10.10.31 80 {
        TCP_CHECK {
        }
    }
    real_server 10.10.10.32 80 {
        TCP_CHECK {
        }
    }
}
`

const drainTool = lab.Shared + "/holdfastctl"

// TestDrain drains the real server of a long connection: that goes on, and new ones go elsewhere, also
// after a reload and when the checker process has been killed. When the connection has ended --wait returns.
func TestDrain(t *testing.T) {
	s := newSite(t)
	vip, service := address("10.10.10.22"), "TCP 10.10.10.22:80"
	d := s.host("d", "10.10.10.30/24", "10.10.10.22/24").Direct(lab.Holdfast)
	logsOnFailure(t, d)
	s.realServer("10.10.10.31", "10.10.10.31/24", 80, vip)
	s.realServer("10.10.10.32", "10.10.10.32/24", 80, vip)
	client := s.host("client", "10.10.10.100/24")
	must(t, d.Start(drainFile))
	server := func(name string) lab.IPVSServer {
		table, err := d.IPVS()
		must(t, err)
		if v := table.Service(service); v != nil {
			for _, r := range v.Servers {
				if r.Address.Addr().String() == name {
					return r
				}
			}
		}
		return lab.IPVSServer{Weight: -1}
	}
	tool := func(args ...string) (string, error) { return d.Exec(drainTool, args...) }
	eventually(t, 30*time.Second, "both real servers are in the table", func() bool {
		return server("10.10.10.31").Weight == 1 && server("10.10.10.32").Weight == 1
	})
	stream, err := client.Stream(at(vip, 80), 10*time.Second)
	must(t, err)
	drained, other := "10.10.10.31", "10.10.10.32"
	eventually(t, 30*time.Second, "the long connection is established", func() bool {
		if server(other).Active == 1 {
			drained, other = other, drained
		}
		return server(drained).Active == 1
	})

	goesOn := func(when string) {
		t.Helper()
		stream.Mark()
		if r := server(drained); r.Weight != 0 {
			t.Errorf("%s: %+v, want weight 0", when, r)
		}
		answers := client.Ask(at(vip, 80), 10, 10*time.Second)
		if answers.By[other] != 10 {
			t.Errorf("%s: 10 connections: %v, want all of them from %s", when, answers, other)
		}
		eventually(t, 30*time.Second, when+": the long connection goes on", func() bool { return stream.Read().Bytes > 100 })
		if r := stream.Read(); r.Ended != nil {
			t.Errorf("%s: the long connection is %s", when, alive(r))
		}
	}
	out, err := tool("drain", "10.10.10.22:80", drained)
	if err != nil || !strings.Contains(out, "1 connection (1 active, 0 inactive)") {
		t.Fatalf("drain: %v: %s", err, out)
	}
	goesOn("drained")
	if out, err := tool("drain", "--wait", "--timeout=500ms", "10.10.10.22:80", drained); err == nil || !strings.Contains(out+err.Error(), "stays drained") {
		t.Errorf("--wait with a connection: %v: %s", err, out)
	}
	must(t, d.Configure(strings.Replace(drainFile, "delay_loop 2", "delay_loop 3", 1)))
	must(t, d.Reload())
	eventually(t, 30*time.Second, "the reload is over", func() bool { return d.Process.Said("Reload complete") > 0 })
	goesOn("after a reload")
	killChecker(t, d)
	goesOn("after the checker process was killed")

	ended := make(chan error, 1)
	go func() {
		_, err := tool("drain", "--wait", "10.10.10.22:80", drained)
		ended <- err
	}()
	stream.Close()
	select {
	case err := <-ended:
		must(t, err)
	case <-time.After(2 * time.Minute):
		t.Fatal("--wait does not return")
	}
	if r := server(drained); r.Active+r.Inactive != 0 || r.Weight != 0 {
		t.Errorf("after --wait: %+v", r)
	}
	if out, err := tool("undrain", "10.10.10.22:80", drained); err != nil {
		t.Errorf("undrain: %v: %s", err, out)
	}
	if answers := client.Ask(at(vip, 80), 10, 10*time.Second); answers.By[drained] != 5 || answers.By[other] != 5 {
		t.Errorf("after undrain 10 connections: %v", answers)
	}
}

// killChecker kills the checker process and waits for its successor to have taken over.
func killChecker(t *testing.T, d *lab.Director) {
	t.Helper()
	pid := func() int {
		text, _ := d.ReadFile("/run/checkers.pid")
		n, _ := strconv.Atoi(strings.TrimSpace(text))
		return n
	}
	before := pid()
	must(t, syscall.Kill(before, syscall.SIGKILL))
	eventually(t, 60*time.Second, "another checker process answers", func() bool {
		if now := pid(); now == 0 || now == before {
			return false
		}
		out, err := d.Exec(drainTool, "names")
		return err == nil && strings.Contains(out, "10.10.10.22:80/tcp")
	})
}
