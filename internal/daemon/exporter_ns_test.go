package daemon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func TestVersionHasTheFormThatProgramsReadUnderKeepalivedsName(t *testing.T) {
	for program, want := range map[string]string{
		"keepalived": `^Keepalived v2\.\d+\.\d+ \(.*\)\n`,
		"holdfast":   `^Holdfast v\d+\.\d+\.\d+, `,
	} {
		var b bytes.Buffer
		version(&b, program)
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("%s -v prints %q", program, b.String())
		}
		// The exporter's -ka.json does not start without it.
		if got := strings.Contains(b.String(), "--enable-json"); got != (program == "keepalived") {
			t.Errorf("%s -v tells of JSON: %t", program, got)
		}
	}
}

// statsSeries are the lines of keepalived.stats by the heading that they stand under, and what
// mehdy/keepalived-exporter makes of them.
var statsSeries = map[string]string{
	"Advertisements/Received": "advertisements_received_total", "Advertisements/Sent": "advertisements_sent_total",
	"Became master": "become_master_total", "Released master": "release_master_total",
	"Packet Errors/Length": "packet_length_errors_total", "Packet Errors/TTL": "ip_ttl_errors_total",
	"Packet Errors/Invalid Type":           "invalid_type_received_total",
	"Packet Errors/Advertisement Interval": "advertisements_interval_errors_total",
	"Packet Errors/Address List":           "address_list_errors_total",
	"Authentication Errors/Invalid Type":   "authentication_invalid_total",
	"Authentication Errors/Type Mismatch":  "authentication_mismatch_total",
	"Authentication Errors/Failure":        "authentication_failure_total",
	"Priority Zero/Received":               "priority_zero_received_total", "Priority Zero/Sent": "priority_zero_sent_total",
}

// dumped is what keepalived.data says of an instance or a script.
type dumped struct {
	kind, name string
	settings   map[string]string
	addresses  []string // "192.0.2.1 dev eth0 ..."
	excluded   []string
}

// readData reads keepalived.data by its headings and indentation, as that exporter does in its text mode.
func readData(text string) []dumped {
	var all []dumped
	var list *[]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch indent := len(line) - len(strings.TrimLeft(line, " ")); {
		case indent == 1:
			all, list = append(all, dumped{kind: key, name: value, settings: map[string]string{}}), nil
		case len(all) == 0:
		case indent == 3:
			d := &all[len(all)-1]
			list = nil
			switch {
			case strings.HasPrefix(key, "Virtual IP ("):
				list = &d.addresses
			case strings.HasPrefix(key, "Virtual IP Excluded"):
				list = &d.excluded
			case d.settings[key] == "":
				d.settings[key] = value
			}
		case list != nil:
			*list = append(*list, strings.TrimSpace(line))
		}
	}
	return all
}

// tellAddresses adds the series of an instance's virtual addresses, each "ADDRESS dev INTERFACE ...".
func tellAddresses(all map[string]float64, name, intf, vrid string, state float64, addresses, excluded []string) {
	of := func(series, address, intf string) {
		all[fmt.Sprintf("keepalived_vrrp_%s{iname=%q,intf=%q,ip_address=%q,vrid=%q}", series, name, intf, address, vrid)] = state
	}
	for _, a := range addresses {
		of("state", strings.Fields(a)[0], strings.Fields(a)[2])
	}
	for _, a := range excluded {
		of("excluded_state", strings.Fields(a)[0], strings.Fields(a)[2])
	}
	if len(addresses) == 0 {
		of("state", "", intf)
	}
}

// jsonSeries are the counters of keepalived.json and what that exporter makes of them. It reads whole numbers
// alone, as it does state, vrid and garp_delay.
var jsonSeries = map[string]string{
	"advert_rcvd": "advertisements_received_total", "advert_sent": "advertisements_sent_total",
	"become_master": "become_master_total", "release_master": "release_master_total",
	"packet_len_err": "packet_length_errors_total", "ip_ttl_err": "ip_ttl_errors_total",
	"invalid_type_rcvd": "invalid_type_received_total", "advert_interval_err": "advertisements_interval_errors_total",
	"addr_list_err": "address_list_errors_total", "invalid_authtype": "authentication_invalid_total",
	"authtype_mismatch": "authentication_mismatch_total", "auth_failure": "authentication_failure_total",
	"pri_zero_rcvd": "priority_zero_received_total", "pri_zero_sent": "priority_zero_sent_total",
}

// exportedJSON is what that exporter tells of keepalived.json, with -ka.json: nothing of scripts.
func exportedJSON(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	var instances []struct {
		Data struct {
			Name      string   `json:"iname"`
			State     int      `json:"state"`
			Interface string   `json:"ifp_ifname"`
			Delay     int      `json:"garp_delay"`
			VRID      int      `json:"vrid"`
			Addresses []string `json:"vips"`
			Excluded  []string `json:"evips"`
		} `json:"data"`
		Stats map[string]int `json:"stats"`
	}
	if err := json.Unmarshal(text, &instances); err != nil {
		t.Fatalf("keepalived.json: %v: %s", err, text)
	}
	all := map[string]float64{"keepalived_up": 1}
	for _, in := range instances {
		d := &in.Data
		labels := fmt.Sprintf("{iname=%q,intf=%q,vrid=%q}", d.Name, d.Interface, strconv.Itoa(d.VRID))
		all["keepalived_gratuitous_arp_delay_total"+labels] = float64(d.Delay)
		for key, series := range jsonSeries {
			n, there := in.Stats[key]
			if !there {
				t.Errorf("%s has no %s", d.Name, key)
			}
			all["keepalived_"+series+labels] = float64(n)
		}
		tellAddresses(all, d.Name, d.Interface, strconv.Itoa(d.VRID), float64(d.State), d.Addresses, d.Excluded)
	}
	return all
}

// exported is what that exporter tells of both dumps: series with their labels in the order of their names.
func exported(t *testing.T, data, stats string) map[string]float64 {
	t.Helper()
	all := map[string]float64{"keepalived_up": 1}
	labels := map[string]string{}
	index := func(word string, words ...string) float64 {
		for i, w := range words {
			if w == word {
				return float64(i)
			}
		}
		t.Errorf("%q is none of %q", word, words)
		return -1
	}
	for _, d := range readData(data) {
		switch d.kind {
		case "VRRP Script":
			all[fmt.Sprintf("keepalived_script_status{name=%q}", d.name)] = index(d.settings["Status"], "BAD", "GOOD")
			all[fmt.Sprintf("keepalived_script_state{name=%q}", d.name)] = index(d.settings["State"], "idle", "running", "requested termination", "forcing termination")
		case "VRRP Instance":
			intf, vrid := d.settings["Interface"], d.settings["Virtual Router ID"]
			state := index(d.settings["State"], "INIT", "BACKUP", "MASTER", "FAULT")
			labels[d.name] = fmt.Sprintf("{iname=%q,intf=%q,vrid=%q}", d.name, intf, vrid)
			delay, err := strconv.Atoi(d.settings["Gratuitous ARP delay"])
			if err != nil {
				t.Errorf("%s: the delay is no whole number: %v", d.name, err)
			}
			all["keepalived_gratuitous_arp_delay_total"+labels[d.name]] = float64(delay)
			tellAddresses(all, d.name, intf, vrid, state, d.addresses, d.excluded)
		}
	}
	name, heading := "", ""
	for line := range strings.Lines(stats) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "VRRP Instance":
			name = value
			continue
		case value == "":
			heading = key
			continue
		case strings.HasPrefix(line, "    "):
			key = heading + "/" + key
		}
		if series, known := statsSeries[key]; known {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
			all["keepalived_"+series+labels[name]] = n
		}
	}
	return all
}

// native are the series of an exposition.
func native(t *testing.T, text string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if value != "" {
			name += "}"
		} else {
			name, value, _ = strings.Cut(name, " ")
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all[name] = n
	}
	return all
}

// TestNSKnownExporterReadsTheDumpsAndTellsWhatWeTell reads the dumps as mehdy/keepalived-exporter does, in both
// of its modes and as another user may with this umask, and compares with what the daemon serves itself.
func TestNSKnownExporterReadsTheDumpsAndTellsWhatWeTell(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	d.configure(fmt.Sprintf(`global_defs {
  metrics_listen %s
  umask 022
}
vrrp_script chk {
  script "/usr/bin/true"
  interval 1000
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  advert_int 0.5
  garp_master_delay 2
  track_script {
    chk
  }
  virtual_ipaddress {
    %s
    192.0.2.101/24
  }
  virtual_ipaddress_excluded {
    192.0.2.102/24
  }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  advert_int 0.5
  no_virtual_ipaddress
}
`, d.file("metrics.sock"), virtual))
	d.start()
	wait(t, "both are MASTER", func() bool { return strings.Count(d.log(), "Entering MASTER STATE") == 2 })
	wait(t, "the addresses", d.holds("192.0.2.102"))
	scrape := func() map[string]float64 {
		_, text := d.page("metrics.sock", "GET", "/metrics")
		return native(t, text)
	}
	var before, after, dumps map[string]float64
	before = scrape()
	data, stats := d.dumped(syscall.SIGUSR1, "keepalived.data"), d.dumped(syscall.SIGUSR2, "keepalived.stats")
	asJSON := d.dumped(syscall.Signal(signalNumbers["JSON"]), "keepalived.json")
	dumps = exported(t, string(data), string(stats))
	fromJSON := exportedJSON(t, asJSON)
	wait(t, "a later answer", func() bool { // the first one may serve for a second
		after = scrape()
		sent := `keepalived_advertisements_sent_total{iname="VI_1",intf="eth0",vrid="51"}`
		return after[sent] > dumps[sent]
	})
	for mode, dumps := range map[string]map[string]float64{"text": dumps, "JSON": fromJSON} {
		if len(dumps) < 30 {
			t.Errorf("only %d series in the dumps (%s)", len(dumps), mode)
		}
		for name, v := range dumps {
			low, told := before[name]
			if high := after[name]; !told || v < low || v > high {
				t.Errorf("%s is %v in the dumps (%s); told: %t, %v before and %v after", name, v, mode, told, low, high)
			}
		}
	}
	known := regexp.MustCompile(`^keepalived_(up$|vrrp_state|vrrp_excluded_state|script_stat|gratuitous)`)
	for name := range after {
		if _, there := dumps[name]; !there && known.MatchString(name) {
			t.Errorf("%s is told, but not in the dumps", name)
		}
	}
}

// dumped sends a signal and returns what is written then, in a file that every user may read.
func (d *node) dumped(signal syscall.Signal, name string) []byte {
	d.t.Helper()
	d.kill("keepalived", signal)
	var text []byte
	wait(d.t, name, func() bool {
		var err error
		text, err = os.ReadFile(d.file(name))
		return err == nil
	})
	if info, err := os.Stat(d.file(name)); err != nil || info.Mode().Perm() != 0o644 {
		d.t.Errorf("%s: %v, mode %v, want 0644", name, err, info.Mode())
	}
	return text
}
