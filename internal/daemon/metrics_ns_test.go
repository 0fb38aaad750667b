package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// page is what a unix socket of the daemon answers.
func (d *node) page(socket, method, path string, header ...string) (int, string) {
	d.t.Helper()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.file(socket))
	}}
	defer tr.CloseIdleConnections()
	r, err := http.NewRequest(method, "http://holdfast"+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: tr, Timeout: limit}).Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

const secretPass, secretKey, secretToken = "s3cr3tPa", "5ec2e70123456789abcdef0123456789", "token-0123456789abcdef"

// secretive is a daemon whose configuration has every kind of secret there is.
func secretive(t *testing.T) *node {
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	if err := os.WriteFile(d.file("token"), []byte(secretToken), 0o600); err != nil {
		t.Fatal(err)
	}
	d.configure(fmt.Sprintf(`global_defs {
  metrics_listen %s
  status_listen %s
  status_token_file %s
}
vrrp_script chk {
  script "/usr/bin/true"
  interval 1
  weight 5
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  garp_master_delay 2
  authentication {
    auth_type PASS
    auth_pass %s
  }
  track_script {
    chk
  }
  virtual_ipaddress {
    %s
    192.0.2.101/24
  }
}
vrrp_instance VI_2 {
  interface eth0
  version 3
  virtual_router_id 52
  priority 100
  advert_int 1
  auth_hmac {
    key 1 %s
    active_key 1
  }
  virtual_ipaddress {
    192.0.2.102
  }
}
`, d.file("metrics.sock"), d.file("status.sock"), d.file("token"), secretPass, virtual, secretKey))
	d.start()
	wait(t, "the addresses", func() bool { return d.holds(virtual)() && d.holds("192.0.2.102")() })
	return d
}

func TestNSMetricsTellTheStateAndNothingTellsASecret(t *testing.T) {
	t.Parallel()
	d := secretive(t)
	text := ""
	told := func() bool {
		_, text = d.page("metrics.sock", "GET", "/metrics")
		return strings.Contains(text, `keepalived_script_status{name="chk"} 1`)
	}
	wait(t, "the result of the script", told)
	for _, line := range []string{
		`keepalived_up 1`,
		`keepalived_vrrp_state{iname="VI_1",intf="eth0",ip_address="192.0.2.100",vrid="51"} 2`,
		`keepalived_vrrp_state{iname="VI_1",intf="eth0",ip_address="192.0.2.101/24",vrid="51"} 2`,
		`keepalived_exporter_check_script_status{iname="VI_1",intf="eth0",ip_address="192.0.2.100",vrid="51"} 1`,
		`keepalived_become_master_total{iname="VI_1",intf="eth0",vrid="51"} 1`,
		`keepalived_gratuitous_arp_delay_total{iname="VI_1",intf="eth0",vrid="51"} 2`,
		`keepalived_vrrp_base_priority{iname="VI_1",intf="eth0",vrid="51"} 100`,
		`keepalived_vrrp_effective_priority{iname="VI_1",intf="eth0",vrid="51"} 105`,
		`keepalived_vrrp_priority_info{iname="VI_1",intf="eth0",reason="script chk`,
		`keepalived_vrrp_timer_lateness_seconds_bucket{le="+Inf"}`,
		`keepalived_process_up{role="vrrp"} 1`,
		`keepalived_config_reload_success 1`,
		`process_start_time_seconds`,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	// An address that somebody takes away counts at once, and so does its return.
	d.host.Run("ip", "addr", "del", "192.0.2.101/24", "dev", "eth0")
	wait(t, "the address that was put back is counted", func() bool {
		_, text := d.page("metrics.sock", "GET", "/metrics")
		return strings.Contains(text, `keepalived_vip_reasserted_total{iname="VI_1",intf="eth0",vrid="51"} 1`)
	})
	d.keepsSecrets()
}

// keepsSecrets looks for the secrets in all that the daemon says.
func (d *node) keepsSecrets() {
	t := d.t
	t.Helper()
	said := map[string]string{}
	_, said["metrics"] = d.page("metrics.sock", "GET", "/metrics")
	_, said["status"] = d.page("status.sock", "GET", "/status")
	_, said["refusal"] = d.page("status.sock", "POST", "/status", "Authorization", "Bearer "+secretToken)
	for _, command := range []string{control.CommandStatus, control.CommandEvents, control.CommandProblems, control.CommandReload} {
		r, err := d.ask(command)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		said["control "+command] = string(b)
	}
	d.kill("keepalived", syscall.SIGUSR1)
	d.kill("keepalived", syscall.SIGUSR2)
	for _, file := range []string{"keepalived.data", "keepalived.stats"} {
		wait(t, "the dump "+file, func() bool { _, err := os.Stat(d.file(file)); return err == nil })
		b, err := os.ReadFile(d.file(file))
		if err != nil {
			t.Fatal(err)
		}
		said[file] = string(b)
	}
	said["log"] = d.log()
	for where, text := range said {
		if text == "" {
			t.Errorf("%s says nothing", where)
		}
		for _, secret := range []string{secretPass, secretKey, secretToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%s tells the secret %s:\n%s", where, secret, text)
			}
		}
	}
}

// TestNSScrapesDelayNoAdvertisement: a director with 255 instances is scraped as fast as it can answer, by
// some who do not read what they asked for. Its peer, which waits for 1.9 s, must hear it all the time.
func TestNSScrapesDelayNoAdvertisement(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	many := func(d *node, priority int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "global_defs {\n  vrrp_version 3\n  metrics_listen %s\n}\n", d.file("metrics.sock"))
		for i := 1; i <= 255; i++ {
			fmt.Fprintf(&b, "vrrp_instance VI_%d {\n interface eth0\n virtual_router_id %d\n priority %d\n advert_int 0.5\n virtual_ipaddress {\n 198.51.100.%d\n }\n}\n", i, i, priority, i)
		}
		return b.String()
	}
	master, backup := newNode(t, lan.Host("192.0.2.1/24"), ""), newNode(t, lan.Host("192.0.2.2/24"), "")
	master.configure(many(master, 110))
	backup.configure(many(backup, 90))
	master.start()
	masters := func() (n int, sent, least uint64, lateness string) {
		r, err := master.ask(control.CommandStatus)
		if err != nil || r.Status.VRRP == nil {
			return 0, 0, 0, ""
		}
		for i, in := range r.Status.VRRP.Instances {
			if in.State == "MASTER" {
				n++
			}
			if sent += in.Stats.AdvertSent; i == 0 || in.Stats.AdvertSent < least {
				least = in.Stats.AdvertSent
			}
		}
		return n, sent, least, fmt.Sprint(r.Status.VRRP.Lateness.Counts, " worst ", r.Status.VRRP.Lateness.Worst)
	}
	wait(t, "all are MASTER", func() bool { n, _, _, _ := masters(); return n == 255 })
	backup.start()
	wait(t, "the peer listens", backup.logged("Startup complete"))
	_, _, before, lateness := masters()
	t.Log("lateness before: ", lateness)

	for range 8 { // who do not read
		c, err := net.Dial("unix", master.file("metrics.sock"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 20))
	}
	stop, scrapes := make(chan struct{}), make(chan int, 3)
	for range cap(scrapes) {
		go func() {
			n := 0
			defer func() { scrapes <- n }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if code, text := master.page("metrics.sock", "GET", "/metrics"); code == 200 && strings.Contains(text, `iname="VI_255"`) {
					n++
				}
			}
		}()
	}
	wait(t, "each instance has advertised eight times more", func() bool { _, _, least, _ := masters(); return least >= before+8 })
	close(stop)
	answered := 0
	for range cap(scrapes) {
		answered += <-scrapes
	}
	n, _, _, lateness := masters()
	t.Logf("lateness after %d scrapes: %s", answered, lateness)
	if n != 255 || backup.logged("Entering MASTER STATE")() || master.logged("Entering BACKUP STATE reason=\"higher")() {
		t.Errorf("%d of 255 instances are MASTER, or the peer took over meanwhile", n)
	}
	if answered < 5 {
		t.Errorf("only %d scrapes were answered: nothing was shown", answered)
	}
}
