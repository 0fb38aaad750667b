package daemon

import (
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
)

// busName is the name of the service in this test.
const busName = "org.example.Vrrp"

// busPolicy lets everybody hear everything on a bus of its own, where the package's policy says who has the name.
const busPolicy = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
<include>%s</include></busconfig>
`

// listener is on the bus of a side and hears its signals.
type listener struct {
	*dbus.Conn
	mu    sync.Mutex
	heard map[string]bool
}

// startBus starts a bus for a side, which its daemon takes for the system's.
func (s *side) startBus() *listener {
	s.t.Helper()
	policy, err := os.ReadFile("../../packaging/dbus.conf")
	if err != nil {
		s.t.Fatal(err)
	}
	for name, text := range map[string]string{
		"bus.conf":    fmt.Sprintf(busPolicy, s.file("bus"), s.file("policy.conf")),
		"policy.conf": strings.ReplaceAll(string(policy), "org.keepalived.Vrrp1", busName),
	} {
		if err := os.WriteFile(s.file(name), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.env = append(s.env, "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+s.file("bus"))
	s.background("bus.log", "dbus-daemon", "--config-file="+s.file("bus.conf"), "--nofork")
	l := &listener{heard: map[string]bool{}}
	wait(s.t, "the bus is there", func() (ok bool) {
		var err error
		l.Conn, err = dbus.Connect("unix:path=" + s.file("bus"))
		return err == nil
	})
	s.t.Cleanup(func() { l.Close() })
	if err := l.AddMatchSignal(dbus.WithMatchPathNamespace("/org/keepalived")); err != nil {
		s.t.Fatal(err)
	}
	signals := make(chan *dbus.Signal, 1024)
	l.Signal(signals)
	go func() {
		for sig := range signals {
			l.mu.Lock()
			l.heard[fmt.Sprintln(sig.Path, sig.Name, sig.Body)] = true
			l.mu.Unlock()
		}
	}()
	return l
}

func (l *listener) has(text string) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.heard[text+"\n"]
	}
}

// all are the signals that were heard, but for INIT at the start, where this daemon is on the bus later.
func (l *listener) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for line := range l.heard {
		if !strings.Contains(line, "VrrpStatusChange [0]") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// tree is what Introspect says of a path and all below it, and the values of properties.
func (l *listener) tree(t *testing.T, path string) string {
	t.Helper()
	var text string
	o := l.Object(busName, dbus.ObjectPath(path))
	if err := o.Call("org.freedesktop.DBus.Introspectable.Introspect", 0).Store(&text); err != nil {
		t.Fatalf("introspect %s: %v", path, err)
	}
	var node introspect.Node
	if err := xml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var lines []string
	for _, i := range node.Interfaces {
		for _, m := range i.Methods {
			lines = append(lines, fmt.Sprintf("%s %s method %s %v\n", path, i.Name, m.Name, m.Args))
		}
		for _, s := range i.Signals {
			lines = append(lines, fmt.Sprintf("%s %s signal %s %v\n", path, i.Name, s.Name, s.Args))
		}
		for _, p := range i.Properties {
			v, err := o.GetProperty(i.Name + "." + p.Name)
			lines = append(lines, fmt.Sprintf("%s %s property %s %s %s = %v %v\n", path, i.Name, p.Name, p.Type, p.Access, v, err))
		}
	}
	for _, child := range node.Children {
		lines = append(lines, l.tree(t, strings.TrimSuffix(path, "/")+"/"+child.Name))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestNSDBusIsThatOfKeepalived(t *testing.T) {
	both := sides(t)
	config := `global_defs {
    enable_dbus
    dbus_service_name org.example.Vrrp
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.10
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 90
    advert_int 40
    virtual_ipaddress {
        198.51.100.10
    }
}
`
	var buses [2]*listener
	for i, s := range both {
		buses[i] = s.startBus()
		s.start(config)
	}
	const first = "/org/keepalived/Vrrp1/Instance/eth0/51/IPv4"
	var trees, errors [2]string
	for i, s := range both {
		l := buses[i]
		wait(t, s.name+": VI_1 is MASTER", l.has(first+" org.keepalived.Vrrp1.Instance.VrrpStatusChange [2]"))
		trees[i] = l.tree(t, "/")
		for _, call := range [][2]string{{first, "org.keepalived.Vrrp1.Instance.SendGarp"}, {"/org/keepalived/Vrrp1/Vrrp", "org.keepalived.Vrrp1.Vrrp.PrintData"},
			{"/org/keepalived/Vrrp1/Vrrp", "org.keepalived.Vrrp1.Vrrp.PrintStats"}, {"/org/keepalived/Vrrp1/Vrrp", "org.keepalived.Vrrp1.Vrrp.Nothing"}} {
			err := l.Object(busName, dbus.ObjectPath(call[0])).Call(call[1], 0).Err
			name := ""
			if e, ok := err.(dbus.Error); ok {
				name = e.Name
			}
			errors[i] += fmt.Sprintln(call, name)
		}
		for _, file := range []string{"keepalived.data", "keepalived.stats"} {
			wait(t, s.name+" writes "+file, func() bool { return s.read(file) != "" })
		}
		l.Object(busName, "/org/keepalived/Vrrp1/Vrrp").Call("org.keepalived.Vrrp1.Vrrp.ReloadConfig", 0)
		wait(t, s.name+" has reloaded", l.has("/org/keepalived/Vrrp1/Vrrp org.keepalived.Vrrp1.Vrrp.VrrpReloaded []"))
		time.Sleep(200 * time.Millisecond)
		s.stop()
		wait(t, s.name+" has stopped", l.has("/org/keepalived/Vrrp1/Vrrp org.keepalived.Vrrp1.Vrrp.VrrpStopped []"))
	}
	if !strings.Contains(both[1].read("log"), "(VI_1) Sending garps on request") {
		t.Error("SendGarp sends nothing")
	}
	every := func(l string) (string, bool) { return l, true }
	n := compareLines(t, "objects", trees[0], trees[1], every) + compareLines(t, "calls", errors[0], errors[1], every) +
		compareLines(t, "signals", buses[0].all(), buses[1].all(), every)
	t.Logf("D-Bus: %d lines compared", n)
}
