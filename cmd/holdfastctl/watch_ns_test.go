package main

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// speak runs a router of VRID 51 on a host.
func speak(t *testing.T, h *vlan.Host, version int, priority uint8, auth vrrp.AuthType) {
	t.Helper()
	vip := netip.MustParsePrefix("192.0.2.100/32")
	interval := time.Second
	if version == 3 {
		interval = 100 * time.Millisecond
	}
	in := speaker.Instance{
		Config: vrrp.Config{
			ID: 1, Name: "VI_1", Family: 4, VRID: 51, Version: version, Priority: priority, AdvertInt: interval, DownTimerAdverts: 3,
			Addresses: []netip.Addr{vip.Addr()}, NeedSource: true, Interfaces: []vrrp.TrackedLink{{Name: vlan.Interface}},
			StartMaster: true, Auth: auth, AuthData: [8]byte{'k'},
		},
		Interface: vlan.Interface, Group: packet.Group4, UnicastTTL: -1,
		VIPs: []speaker.Address{{Prefix: vip, Interface: vlan.Interface}},
	}
	var sp *speaker.Speaker
	var err error
	h.Do(func() { sp, err = speaker.New(speaker.Settings{Instances: []speaker.Instance{in}}, speaker.Deps{}) })
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- sp.Run(context.Background()) }()
	t.Cleanup(func() {
		sp.Stop(false)
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

// TestNSWatchSeesRoutersOnTheWire from a host that takes no part: a MASTER, a second one with another
// authentication, which neither hears, and what the configuration says otherwise.
func TestNSWatchSeesRoutersOnTheWire(t *testing.T) {
	lan := vlan.New(t)
	h1, h2, observer := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24"), lan.Host("192.0.2.9/24")
	observer.Run("ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1")
	config := filepath.Join(t.TempDir(), "keepalived.conf")
	text := strings.Replace(strings.Replace(watchedConfig, "version 3", "version 2", 1), "advert_int 2", "advert_int 3", 1)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	speak(t, h1, 2, 150, vrrp.NoAuth)
	time.Sleep(300 * time.Millisecond) // adverts that come together might have crossed
	speak(t, h2, 2, 100, vrrp.AH)
	for _, c := range []struct {
		on      *vlan.Host
		args    []string
		pattern []string
	}{
		{observer, []string{"-f", config, "--count", "6", "eth0", "other0"}, []string{
			`(?m)^[0-9:.]+ eth0 192\.0\.2\.1 VRID 51 v2 priority 150 interval 1s: 192\.0\.2\.100$`,
			`(?m)^[0-9:.]+ eth0 192\.0\.2\.2 VRID 51 v2 priority 100 interval 1s AH: 192\.0\.2\.100$`,
			`! mixed-auth: auth_type AH, 192\.0\.2\.1 has no authentication`,
			`! two-masters: `,
			`! config-interval: interval 1s, VI_1 has 3s: this host drops it`,
			`! config-addresses: VI_1: configured but not sent: 192\.0\.2\.101`,
			`! config-auth: VI_1: another auth_type is configured`,
		}},
		// A director sees what it sends itself, on all of its interfaces, and the hardware addresses.
		{h1, []string{"-f", config, "--json", "--count", "4"}, []string{
			`(?m)^\{"schema":"holdfast/watch/1","time":"`,
			`"source":"192\.0\.2\.1","destination":"224\.0\.0\.18","mac":"([0-9a-f]{2}:){5}[0-9a-f]{2}","outgoing":true`,
			`"source":"192\.0\.2\.2".*"auth":"AH","sequence":[0-9]+`,
		}},
	} {
		var out, errs bytes.Buffer
		code := -1
		c.on.Do(func() { code = run(append([]string{"watch"}, c.args...), output{&out, &errs}) })
		if code != exitProblems {
			t.Errorf("status %d\n%s", code, &errs)
		}
		for _, p := range c.pattern {
			if !regexp.MustCompile(p).Match(out.Bytes()) {
				t.Errorf("%s is not in\n%s", p, &out)
			}
		}
	}
}

// screen is what a command writes while it runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until the screen shows text.
func (s *screen) waitFor(t *testing.T, text string) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !strings.Contains(s.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%q never came:\n%s", text, s)
		}
	}
}

// TestNSWatchTellsOfSilence while the MASTER is cut off, and of the gap when it is back.
func TestNSWatchTellsOfSilence(t *testing.T) {
	lan := vlan.New(t)
	h1, observer := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.9/24")
	speak(t, h1, 3, 150, vrrp.NoAuth)
	empty := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	out, ended := &screen{}, make(chan int, 1)
	go observer.Do(func() {
		ended <- run([]string{"watch", "--changes", "-f", empty, "--count", "40", "eth0"}, output{out, out})
	})
	out.waitFor(t, "* first: MASTER with priority 150")
	h1.Isolate()
	out.waitFor(t, "VRID 51 IPv4 ! silence: nobody has advertised for ")
	h1.Join()
	out.waitFor(t, "! gap: ")
	if code := <-ended; code != exitProblems {
		t.Errorf("status %d\n%s", code, out)
	}
}
