package bus

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Names of keepalived's service.
const (
	DefaultName = "org.keepalived.Vrrp1"
	noInterface = "none"

	vrrpInterface     = "org.keepalived.Vrrp1.Vrrp"
	instanceInterface = "org.keepalived.Vrrp1.Instance"
	propertyInterface = "org.freedesktop.DBus.Properties"
	root              = "/org/keepalived/Vrrp1"
)

// Instance is what an object is made of.
type Instance struct {
	Name      string
	Interface string // empty: it has none
	VRID      uint8
	Family    int // 4 or 6
}

// Place tells several daemons on one bus apart.
type Place struct {
	Namespace, Instance string // of the daemon; may be empty
}

func (p Place) root() string {
	path := root
	for _, part := range []string{p.Namespace, p.Instance} {
		if part != "" {
			path += "/" + part
		}
	}
	return path
}

// vrrp is the path of the object of the VRRP process.
func (p Place) vrrp() dbus.ObjectPath { return dbus.ObjectPath(p.root() + "/Vrrp") }

// instance is the path of an instance's object. What a path may not have becomes _.
func (p Place) instance(i Instance) dbus.ObjectPath {
	name := i.Interface
	if name == "" {
		name = noInterface
	}
	name = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, name)
	return dbus.ObjectPath(fmt.Sprintf("%s/Instance/%s/%d/IPv%d", p.root(), name, i.VRID, i.Family))
}

// States are keepalived's numbers and names of states.
var states = map[string]struct {
	number uint32
	name   string
}{
	"INIT": {0, "Init"}, "BACKUP": {1, "Backup"}, "MASTER": {2, "Master"}, "FAULT": {3, "Fault"},
	"DELETED": {97, "Deleted"}, "STOP": {98, "Stop"},
}
