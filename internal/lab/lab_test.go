package lab

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestIPVSTableIsReadAsTheKernelWritesIt(t *testing.T) {
	const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
FWM  00000004 rr  persistent 50000 FFFFFFFF
  -> 0A0A0A20:0000      Route   1      0          3
TCP  0A0A0A16:0050 wrr
  -> 0A0A0A20:0050      Masq    3      2          1
  -> 0A0A0A1F:0050      Local   0      0          0
UDP  [fd00:0010:0000:0000:0000:0000:0000:0022]:1388 rr
  -> [fd00:0010:0000:0000:0000:0000:0000:0032]:1388      Tunnel  1      0          0
`
	got, err := parseIPVS(text)
	if err != nil {
		t.Fatal(err)
	}
	want := IPVSTable{
		{Name: "FWM 4", Scheduler: "rr", Flags: "persistent 50000 FFFFFFFF", Servers: []IPVSServer{
			{Address: netip.MustParseAddrPort("10.10.10.32:0"), Forward: "Route", Weight: 1, Inactive: 3}}},
		{Name: "TCP 10.10.10.22:80", Scheduler: "wrr", Servers: []IPVSServer{
			{Address: netip.MustParseAddrPort("10.10.10.32:80"), Forward: "Masq", Weight: 3, Active: 2, Inactive: 1},
			{Address: netip.MustParseAddrPort("10.10.10.31:80"), Forward: "Local"}}},
		{Name: "UDP [fd00:10::22]:5000", Scheduler: "rr", Servers: []IPVSServer{
			{Address: netip.MustParseAddrPort("[fd00:10::32]:5000"), Forward: "Tunnel", Weight: 1}}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if got := got.Service("TCP 10.10.10.22:80").Weights()["10.10.10.32"]; got != 3 {
		t.Errorf("weight is %d, want 3", got)
	}
	if len(got.Service("TCP 1.2.3.4:5").Weights()) != 0 {
		t.Error("a service that is not there has weights")
	}
	for _, bad := range []string{"  -> 0A0A0A20:0050 Masq 3 2 1\n", "TCP 0A0A:0050 rr x\n", "TCP 0A0A0A16 rr x\n", "FWM zz rr\n"} {
		if _, err := parseIPVS(bad); err == nil {
			t.Errorf("%q was read without complaint", bad)
		}
	}
}

func TestSilenceIsMeasuredFromAnswerToAnswer(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	const interval = 10 * time.Millisecond
	answered := func(ms int) probe { return probe{sent: at(ms), answered: at(ms + 1)} }
	lost := func(ms int) probe { return probe{sent: at(ms)} }
	for name, c := range map[string]struct {
		probes  []probe
		end     int
		longest time.Duration
		stall   time.Duration
		lost    int
	}{
		"all answered":              {[]probe{answered(0), answered(10), answered(20)}, 21, interval, 0, 0},
		"two lost":                  {[]probe{answered(0), lost(10), lost(20), answered(30), answered(40)}, 150, 109 * time.Millisecond, 100 * time.Millisecond, 2},
		"a gap between":             {[]probe{answered(0), lost(10), lost(20), answered(30), answered(40)}, 41, 30 * time.Millisecond, 0, 0},
		"the prober itself is late": {[]probe{answered(0), answered(45), answered(55)}, 56, 45 * time.Millisecond, 35 * time.Millisecond, 0},
		"the prober sleeps now":     {[]probe{answered(0), answered(10)}, 100, 89 * time.Millisecond, 80 * time.Millisecond, 0},
		"never answered again":      {[]probe{answered(0), lost(10), lost(20)}, 500, 499 * time.Millisecond, 470 * time.Millisecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := silence(c.probes, interval, at(c.end))
			if s.Longest != c.longest || s.Stall != c.stall || s.Lost != c.lost {
				t.Errorf("got %v (stall %v), want %v, stall %v, %d lost", s, s.Stall, c.longest, c.stall, c.lost)
			}
		})
	}
}

func TestSilenceExceedsALimitOnlyIfProbesWereLost(t *testing.T) {
	const limit = 10 * time.Millisecond
	for name, c := range map[string]struct {
		silence Silence
		want    bool
	}{
		"nobody answered":           {Silence{Longest: 31 * time.Millisecond, Stall: 10 * time.Millisecond, Lost: 1}, true},
		"the prober was late":       {Silence{Longest: 30 * time.Millisecond, Stall: 10 * time.Millisecond, Lost: 1}, false},
		"the answers were late":     {Silence{Longest: time.Second}, false},
		"a packet or two were lost": {Silence{Longest: limit, Lost: 2}, false},
	} {
		if got := c.silence.Exceeds(limit); got != c.want {
			t.Errorf("%s: %v exceeds %v: %v", name, c.silence, limit, got)
		}
	}
}

// request is one netlink message.
func request(kind, flags uint16, body ...byte) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(b, uint32(unix.NLMSG_HDRLEN+len(body)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint16(b[6:], flags)
	return append(b, body...)
}

func TestTraceTellsWritesFromReadsAndAnswers(t *testing.T) {
	const ipvs = 31
	for name, c := range map[string]struct {
		family int
		data   []byte
		want   string
	}{
		"address added":         {unix.NETLINK_ROUTE, request(unix.RTM_NEWADDR, unix.NLM_F_REQUEST), "1 new address"},
		"address announced":     {unix.NETLINK_ROUTE, request(unix.RTM_NEWADDR, 0), "none"},
		"addresses listed":      {unix.NETLINK_ROUTE, request(unix.RTM_GETADDR, unix.NLM_F_REQUEST|unix.NLM_F_DUMP), "none"},
		"destination set":       {unix.NETLINK_GENERIC, request(ipvs, unix.NLM_F_REQUEST, 6, 1, 0, 0), "1 set IPVS destination"},
		"services listed":       {unix.NETLINK_GENERIC, request(ipvs, unix.NLM_F_REQUEST, 4, 1, 0, 0), "none"},
		"another family":        {unix.NETLINK_GENERIC, request(ipvs+1, unix.NLM_F_REQUEST, 6, 1, 0, 0), "none"},
		"two in one datagram":   {unix.NETLINK_GENERIC, append(request(ipvs, unix.NLM_F_REQUEST, 1, 1, 0, 0), request(ipvs, unix.NLM_F_REQUEST, 5, 1, 0, 0)...), "1 new IPVS service, 1 new IPVS destination"},
		"cut off":               {unix.NETLINK_ROUTE, request(unix.RTM_NEWADDR, unix.NLM_F_REQUEST)[:10], "none"},
		"length beyond the end": {unix.NETLINK_ROUTE, []byte{255, 0, 0, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Summary(netlinkWrites(c.data, c.family, ipvs)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestForgedAdvertIsReadBack(t *testing.T) {
	f := Forged{
		Source: netip.MustParseAddr("10.0.0.9"), Version: 3, Type: 1, VRID: 51, Priority: 200, Interval: 100,
		TTL: 255, Address: netip.MustParseAddr("10.0.0.22"), Count: -1,
	}
	frame := append(make([]byte, 12), 0x08, 0x00, 0x45)
	frame = append(frame, make([]byte, 19)...)
	frame[14+9] = protoVRRP
	frame = append(frame, f.body()...)
	a, ok := DecodeAdvert(Frame{Port: "a", Data: frame})
	if want := (Advert{Port: "a", Version: 3, VRID: 51, Priority: 200}); !ok || a != want {
		t.Errorf("got %v, %v, want %v", a, ok, want)
	}
	for n := range frame {
		DecodeAdvert(Frame{Data: frame[:n]}) // a truncated one must not panic
	}
}

func TestChecksumOfCorrectDataIsZero(t *testing.T) {
	b := echoRequest(false, 7, 9)
	if got := checksum(b); got != 0 {
		t.Errorf("checksum over an echo request is %#x, want 0", got)
	}
	b[0] = 0 // what makes a request a reply
	if seq, ok := echoReply(append([]byte{0x45, 19: 0}, b...), false, 7); !ok || seq != 9 {
		t.Errorf("echo reply read as %d, %v", seq, ok)
	}
	if _, ok := echoReply(append([]byte{0x45, 19: 0}, b...), false, 8); ok {
		t.Error("another pinger's reply was taken")
	}
}
