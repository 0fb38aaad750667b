package speaker

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func TestSilentInterfaceIsDownWhateverNetlinkSays(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32")
	l, _ := testLoop(t, &Settings{Instances: []Instance{in}})
	state := func() string { return l.status().Instances[0].State }
	if got := state(); got != "BACKUP" {
		t.Fatalf("%s at the start", got)
	}
	l.hearBeat("eth0", false)
	if got := state(); got != "FAULT" {
		t.Errorf("%s without a link", got)
	}
	up := testLinks()[0]
	l.linkChanged(&up)
	if got := state(); got != "FAULT" {
		t.Errorf("%s: netlink says that it is up, and it has no link", got)
	}
	l.hearBeat("eth0", true)
	if got := state(); got != "BACKUP" {
		t.Errorf("%s with a link", got)
	}
	l.hearBeat("eth0", false)
	l.beat = &linkbeat{stop: make(chan struct{}), methods: map[string]string{"eth0": AnyMethod}}
	l.followLinkbeat(nil)
	if got := state(); got != "BACKUP" {
		t.Errorf("%s: it is not asked any more", got)
	}
}

func TestNSInterfacesTellWhetherTheyHaveALink(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	ask := func(method string) (up bool, err error) {
		h.Do(func() {
			var fd int
			if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err == nil {
				up, err = linked(fd, vlan.Interface, method)
				_ = unix.Close(fd)
			}
		})
		return up, err
	}
	if _, err := ask(MIIMethod); err == nil {
		t.Error("a veth has no PHY, and one answered")
	}
	for _, method := range []string{AnyMethod, EthtoolLink, FlagsMethod} {
		if up, err := ask(method); !up || err != nil {
			t.Errorf("%q: %v, %v with a link", method, up, err)
		}
	}
	h.Cut()
	for _, method := range []string{AnyMethod, EthtoolLink} {
		if up, err := ask(method); up || err != nil {
			t.Errorf("%q: %v, %v without a link", method, up, err)
		}
	}
}
