package layer_test

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/holdfast-ha/holdfast/vrrp/layer"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// captured are IP packets of keepalived 2.2.7, and what they say.
var captured = []struct {
	name, hex string
	ipv6      bool
	want      packet.Header
	addrs     []string
}{
	{
		name:  "v2 with a password",
		hex:   "45c0002800010000ff70d0880a090001e0000012" + "2133640101010d490a0900163131313100000000",
		want:  packet.Header{Version: 2, VRID: 51, Priority: 100, Interval: time.Second, AuthType: packet.AuthPass, AuthData: [8]byte{'1', '1', '1', '1'}},
		addrs: []string{"10.9.0.22"},
	},
	{
		name: "v3 over IPv6", ipv6: true,
		hex: "6c0803e3002870fffe80000000000000746657fffec41101ff020000000000000000000000000012" +
			"313667020064604dfe80000000000000000000000000005420010db8000900000000000000000025",
		want:  packet.Header{Version: 3, VRID: 54, Priority: 103, Interval: time.Second, Sum: packet.Pseudo},
		addrs: []string{"fe80::54", "2001:db8:9::25"},
	},
}

// network decodes the IP header and makes a VRRP layer that knows its addresses.
func network(t *testing.T, data []byte, ipv6 bool) (gopacket.NetworkLayer, *layer.VRRP, []byte) {
	t.Helper()
	var ip gopacket.NetworkLayer
	var payload []byte
	var err error
	if ipv6 {
		l := &layers.IPv6{}
		err = l.DecodeFromBytes(data, gopacket.NilDecodeFeedback)
		ip, payload = l, l.Payload
	} else {
		l := &layers.IPv4{}
		err = l.DecodeFromBytes(data, gopacket.NilDecodeFeedback)
		ip, payload = l, l.Payload
	}
	if err != nil {
		t.Fatal(err)
	}
	v := &layer.VRRP{}
	if err := v.SetNetworkLayer(ip); err != nil {
		t.Fatal(err)
	}
	return ip, v, payload
}

func TestCapturedPacketsAreReadAndWrittenTheSame(t *testing.T) {
	for _, c := range captured {
		t.Run(c.name, func(t *testing.T) {
			data, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			ip, v, payload := network(t, data, c.ipv6)
			for range 2 { // the second time must not find the addresses of the first
				if err := v.DecodeFromBytes(payload, gopacket.NilDecodeFeedback); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.want, v.Header); diff != "" {
				t.Errorf("header (-want +got)\n%s", diff)
			}
			var addrs []netip.Addr
			for _, a := range c.addrs {
				addrs = append(addrs, netip.MustParseAddr(a))
			}
			if diff := cmp.Diff(addrs, v.Addresses, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("addresses (-want +got)\n%s", diff)
			}
			buf := gopacket.NewSerializeBuffer()
			err = gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
				ip.(gopacket.SerializableLayer), v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(data, buf.Bytes()); diff != "" {
				t.Errorf("written again (-want +got)\n%s", diff)
			}
		})
	}
}

func TestNewPacketFindsTheLayerBehindIP(t *testing.T) {
	layer.Register()
	for _, c := range captured {
		data, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		first := gopacket.Decoder(layers.LayerTypeIPv4)
		if c.ipv6 {
			first = layers.LayerTypeIPv6
		}
		p := gopacket.NewPacket(data, first, gopacket.Default)
		v, ok := p.Layer(layer.Type).(*layer.VRRP)
		if !ok || v.Header != c.want {
			t.Errorf("%s: %v", c.name, p)
		}
	}
	p := gopacket.NewPacket(make([]byte, 20), layer.Type, gopacket.Default)
	if p.ErrorLayer() == nil || p.ErrorLayer().Error() != layer.ErrNetwork {
		t.Errorf("without a network layer: %v", p.ErrorLayer())
	}
}

func TestBrokenMessagesAreErrorsAndNotPanics(t *testing.T) {
	data, err := hex.DecodeString(captured[0].hex)
	if err != nil {
		t.Fatal(err)
	}
	_, v, payload := network(t, data, false)
	for n := range payload {
		if v.DecodeFromBytes(payload[:n], gopacket.NilDecodeFeedback) == nil {
			t.Errorf("%d octets of %d were taken for a message", n, len(payload))
		}
	}
	if err := (&layer.VRRP{}).DecodeFromBytes(payload, gopacket.NilDecodeFeedback); err != layer.ErrNetwork {
		t.Error(err)
	}
	if err := (&layer.VRRP{}).SerializeTo(gopacket.NewSerializeBuffer(), gopacket.SerializeOptions{}); err != layer.ErrNetwork {
		t.Error(err)
	}
}

func BenchmarkDecode(b *testing.B) {
	data, err := hex.DecodeString(captured[0].hex)
	if err != nil {
		b.Fatal(err)
	}
	var ip layers.IPv4
	var v layer.VRRP
	b.ReportAllocs()
	for b.Loop() {
		if err := ip.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil {
			b.Fatal(err)
		}
		if err := v.SetNetworkLayer(&ip); err != nil {
			b.Fatal(err)
		}
		if err := v.DecodeFromBytes(ip.Payload, gopacket.NilDecodeFeedback); err != nil {
			b.Fatal(err)
		}
	}
}
