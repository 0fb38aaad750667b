package main

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/holdfast-ha/holdfast/vrrp/layer"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// heard is one packet of a capture that the tests make.
type heard struct {
	at       time.Duration
	link     int
	from     byte
	priority uint8
	ttl      uint8
	interval time.Duration
	vlan     uint16
	addrs    []netip.Addr
}

// frame is a packet from its Ethernet header on.
func (h *heard) frame(t *testing.T) []byte {
	t.Helper()
	src := netip.AddrFrom4([4]byte{192, 0, 2, h.from})
	v := &layer.VRRP{
		Header:    packet.Header{Version: 3, VRID: 51, Priority: h.priority, Interval: h.interval, Sum: packet.Pseudo},
		Addresses: h.addrs, Src: src, Dst: packet.Group4,
	}
	ether := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, h.from}, DstMAC: net.HardwareAddr{1, 0, 0x5e, 0, 0, 0x12}, EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, TTL: h.ttl, Protocol: layers.IPProtocolVRRP, SrcIP: src.AsSlice(), DstIP: packet.Group4.AsSlice()}
	all := []gopacket.SerializableLayer{ether, ip, v}
	if h.vlan != 0 {
		ether.EthernetType = layers.EthernetTypeDot1Q
		all = []gopacket.SerializableLayer{ether, &layers.Dot1Q{VLANIdentifier: h.vlan, Type: layers.EthernetTypeIPv4}, ip, v}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// troubles is a capture on two interfaces: a MASTER, a second one on the same segment, a router that is
// too far away, a pause, and on another interface a healthy one in a VLAN.
func troubles(t *testing.T) string {
	t.Helper()
	vip := []netip.Addr{netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("192.0.2.101")}
	const s = time.Second
	var all []heard
	for i := range 3 {
		at := time.Duration(i) * s
		all = append(all, heard{at: at, from: 1, priority: 150, ttl: 255, interval: s, addrs: vip},
			heard{at: at + 200*time.Millisecond, link: 1, from: 7, priority: 100, ttl: 255, interval: s, vlan: 10, addrs: vip[:1]})
	}
	all = append(all,
		heard{at: 2300 * time.Millisecond, from: 2, priority: 100, ttl: 255, interval: 2 * s, addrs: vip[:1]},
		heard{at: 3 * s, from: 1, priority: 150, ttl: 255, interval: s, addrs: vip},
		heard{at: 4 * s, from: 1, priority: 140, ttl: 254, interval: s, addrs: vip},
		heard{at: 5 * s, from: 1, priority: 140, ttl: 255, interval: s, addrs: vip},
		heard{at: 7500 * time.Millisecond, from: 1, priority: 0, ttl: 255, interval: s, addrs: vip},
		heard{at: 20 * s, from: 2, priority: 100, ttl: 255, interval: s, addrs: vip})
	path := filepath.Join(t.TempDir(), "troubles.pcapng")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := pcapgo.NewNgWriterInterface(f, pcapgo.NgInterface{Name: "eth0", LinkType: layers.LinkTypeEthernet, SnapLength: 65535}, pcapgo.DefaultNgWriterOptions)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface(pcapgo.NgInterface{Name: "eth1", LinkType: layers.LinkTypeEthernet, SnapLength: 65535}); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		data := all[i].frame(t)
		info := gopacket.CaptureInfo{Timestamp: time.Unix(1772366400, 0).Add(all[i].at), CaptureLength: len(data), Length: len(data), InterfaceIndex: all[i].link}
		if err := w.WritePacket(info, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

const watchedConfig = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 2
  version 3
  virtual_ipaddress {
    192.0.2.100
    192.0.2.101
  }
}
`

func TestWatchReadsCaptures(t *testing.T) {
	config := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(config, []byte(watchedConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	troubles := troubles(t)
	const keepalived = "testdata/watch/keepalived.pcap"
	for _, c := range []struct {
		golden string
		status int
		args   []string
	}{
		{"keepalived.txt", 0, []string{"--read", keepalived}},
		{"keepalived-changes.txt", 0, []string{"--changes", "--read", keepalived}},
		{"keepalived-config.txt", 1, []string{"--changes", "-f", config, "--read", keepalived}},
		{"keepalived-count.json", 0, []string{"--json", "--count", "2", "--read", keepalived}},
		{"troubles.txt", 1, []string{"--read", troubles}},
		{"troubles-changes.txt", 1, []string{"--changes", "--read", troubles}},
		{"troubles-config.txt", 1, []string{"--changes", "-f", config, "--read", troubles}},
		{"troubles-changes.json", 1, []string{"--json", "--changes", "--read", troubles}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(append([]string{"watch", "--utc"}, c.args...), output{&out, &errs}); code != c.status {
				t.Errorf("exit status %d, want %d", code, c.status)
			}
			if errs.Len() > 0 {
				t.Errorf("%s", &errs)
			}
			path := filepath.Join("testdata/watch", c.golden)
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), out.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWatchSaysWhatItCannotDo(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile("testdata/watch/keepalived.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no capture":          {[]string{"-r", write("text", []byte("global_defs {\n}\n"))}, "neither pcap nor pcapng"},
		"an empty file":       {[]string{"-r", write("empty", nil)}, "neither pcap nor pcapng"},
		"a capture cut short": {[]string{"-r", write("cut", whole[:len(whole)-7])}, "unexpected EOF"},
		"no file":             {[]string{"-r", dir + "/nowhere"}, "no such file"},
		"no interface":        {[]string{"nowhere0"}, "nowhere0"},
		"no configuration":    {[]string{"-f", dir + "/nowhere", "-r", "testdata/watch/keepalived.pcap"}, "nowhere"},
		"both":                {[]string{"-r", "x", "eth0"}, "exclude one another"},
		"a negative count":    {[]string{"--count=-1", "-r", "x"}, "negative"},
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"watch"}, c.args...), output{&out, &errs}); code != exitFailed || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: status %d\n%s", name, code, &errs)
		}
	}
}
