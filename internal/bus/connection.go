package bus

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
)

// connection is a service on the bus.
type connection struct {
	*dbus.Conn
	place     Place
	handler   Handler
	instances []Instance
	exported  map[dbus.ObjectPath]bool // of instances and of what lies between
}

// start exports all objects, tells of the start and of the states, and takes the name.
func (c *connection) start(name string, instances []Instance) error {
	if err := c.exportVRRP(); err != nil {
		return err
	}
	if err := c.export(instances); err != nil {
		return err
	}
	if err := c.Emit(c.place.vrrp(), vrrpInterface+".VrrpStarted"); err != nil {
		return fmt.Errorf("send a signal: %w", err)
	}
	for _, i := range instances {
		if err := c.tell(i.Name, c.handler.State(i.Name)); err != nil {
			return fmt.Errorf("send a signal: %w", err)
		}
	}
	reply, err := c.RequestName(name, dbus.NameFlagDoNotQueue)
	switch {
	case err != nil:
		return fmt.Errorf("take the name %s: %w", name, err)
	case reply != dbus.RequestNameReplyPrimaryOwner:
		return fmt.Errorf("take the name %s: somebody else has it", name)
	}
	return nil
}

// tell sends VrrpStatusChange.
func (c *connection) tell(instance, state string) error {
	i := slices.IndexFunc(c.instances, func(i Instance) bool { return i.Name == instance })
	s, known := states[state]
	if i < 0 || !known {
		return nil
	}
	return c.Emit(c.place.instance(c.instances[i]), instanceInterface+".VrrpStatusChange", s.number)
}

func (c *connection) exportVRRP() error {
	methods := map[string]any{
		"PrintData":       func() *dbus.Error { c.handler.PrintData(); return nil },
		"PrintStats":      func() *dbus.Error { c.handler.PrintStats(false); return nil },
		"PrintStatsClear": func() *dbus.Error { c.handler.PrintStats(true); return nil },
		"ReloadConfig":    func() *dbus.Error { c.handler.Reload(); return nil },
	}
	path := c.place.vrrp()
	if err := c.ExportMethodTable(methods, path, vrrpInterface); err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return c.describe(path, &introspect.Node{Interfaces: []introspect.Interface{properties, introspection, peer, {
		Name:    vrrpInterface,
		Methods: []introspect.Method{{Name: "PrintData"}, {Name: "PrintStats"}, {Name: "PrintStatsClear"}, {Name: "ReloadConfig"}},
		Signals: []introspect.Signal{{Name: "VrrpStarted"}, {Name: "VrrpReloaded"}, {Name: "VrrpStopped"}},
	}}})
}

// export makes the objects of the instances, and takes those away that are no more.
func (c *connection) export(instances []Instance) error {
	before := c.exported
	c.exported, c.instances = map[dbus.ObjectPath]bool{}, instances
	children := map[string][]string{}
	c.link(children, string(c.place.vrrp()))
	for _, i := range instances {
		path := c.place.instance(i)
		if c.exported[path] {
			continue // a second instance of the same place: the first one counts
		}
		c.exported[path] = true
		c.link(children, string(path))
		if err := c.exportInstance(path, i); err != nil {
			return err
		}
	}
	for path, names := range children {
		c.exported[dbus.ObjectPath(path)] = true
		node := &introspect.Node{}
		for _, name := range names {
			node.Children = append(node.Children, introspect.Node{Name: name})
		}
		if err := c.describe(dbus.ObjectPath(path), node); err != nil {
			return err
		}
	}
	for path := range before {
		if !c.exported[path] {
			c.withdraw(path)
		}
	}
	return nil
}

// link notes a path as a child of what lies above it.
func (c *connection) link(children map[string][]string, path string) {
	for path != "/" {
		at := strings.LastIndexByte(path, '/')
		parent, name := path[:at], path[at+1:]
		if parent == "" {
			parent = "/"
		}
		if slices.Contains(children[parent], name) {
			return
		}
		children[parent] = append(children[parent], name)
		path = parent
	}
}

// withdraw takes an object off the bus. What was never exported there does no harm.
func (c *connection) withdraw(path dbus.ObjectPath) {
	for _, name := range []string{instanceInterface, propertyInterface, introspectable} {
		_ = c.ExportMethodTable(nil, path, name) // fails for a path that is none
	}
}

func (c *connection) exportInstance(path dbus.ObjectPath, i Instance) error {
	garp := map[string]any{"SendGarp": func() *dbus.Error {
		if err := c.handler.SendGARP(i.Name); err != nil {
			return dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{err.Error()})
		}
		return nil
	}}
	values := map[string]any{
		"Get": func(name, property string) (dbus.Variant, *dbus.Error) { return c.property(i, name, property) },
		"GetAll": func(name string) (map[string]dbus.Variant, *dbus.Error) {
			all := map[string]dbus.Variant{}
			for _, property := range []string{"Name", "State"} {
				v, err := c.property(i, name, property)
				if err != nil {
					return nil, err
				}
				all[property] = v
			}
			return all, nil
		},
	}
	if err := c.ExportMethodTable(garp, path, instanceInterface); err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	if err := c.ExportMethodTable(values, path, propertyInterface); err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return c.describe(path, &introspect.Node{Interfaces: []introspect.Interface{properties, introspection, peer, {
		Name:    instanceInterface,
		Methods: []introspect.Method{{Name: "SendGarp"}},
		Signals: []introspect.Signal{{Name: "VrrpStatusChange", Args: []introspect.Arg{{Name: "status", Type: "u"}}}},
		Properties: []introspect.Property{
			{Name: "Name", Type: "s", Access: "read"}, {Name: "State", Type: "(us)", Access: "read"},
		},
	}}})
}

// property is a property of an instance. keepalived says of Name that it is a string and gives a structure
// with one; who reads it expects that.
func (c *connection) property(i Instance, iface, property string) (dbus.Variant, *dbus.Error) {
	invalid := func(text string) (dbus.Variant, *dbus.Error) {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{text})
	}
	if iface != instanceInterface {
		return invalid(fmt.Sprintf("No such interface “%s”", iface))
	}
	switch property {
	case "Name":
		return dbus.MakeVariant(struct{ Name string }{i.Name}), nil
	case "State":
		s, known := states[c.handler.State(i.Name)]
		if !known {
			return invalid(fmt.Sprintf("Instance '%s' not found", i.Name))
		}
		return dbus.MakeVariant(struct {
			Number uint32
			Name   string
		}{s.number, s.name}), nil
	}
	return invalid(fmt.Sprintf("No such property “%s”", property))
}

const introspectable = "org.freedesktop.DBus.Introspectable"

// describe answers Introspect at a path. The library's own answer has interfaces of its own in it.
func (c *connection) describe(path dbus.ObjectPath, node *introspect.Node) error {
	text, err := xml.MarshalIndent(node, "", "  ")
	if err == nil {
		answer := introspect.IntrospectDeclarationString + string(text) + "\n"
		// Not Export: it looks methods up by their names, and where a program does, the linker leaves out none of
		// any type. That is 2 MB.
		err = c.ExportMethodTable(map[string]any{"Introspect": func() (string, *dbus.Error) { return answer, nil }}, path, introspectable)
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return nil
}

// Interfaces that every object has.
var (
	properties = introspect.Interface{
		Name: propertyInterface,
		Methods: []introspect.Method{
			{Name: "Get", Args: []introspect.Arg{{Name: "interface_name", Type: "s", Direction: "in"}, {Name: "property_name", Type: "s", Direction: "in"}, {Name: "value", Type: "v", Direction: "out"}}},
			{Name: "GetAll", Args: []introspect.Arg{{Name: "interface_name", Type: "s", Direction: "in"}, {Name: "properties", Type: "a{sv}", Direction: "out"}}},
			{Name: "Set", Args: []introspect.Arg{{Name: "interface_name", Type: "s", Direction: "in"}, {Name: "property_name", Type: "s", Direction: "in"}, {Name: "value", Type: "v", Direction: "in"}}},
		},
		Signals: []introspect.Signal{{Name: "PropertiesChanged", Args: []introspect.Arg{
			{Name: "interface_name", Type: "s"}, {Name: "changed_properties", Type: "a{sv}"}, {Name: "invalidated_properties", Type: "as"},
		}}},
	}
	introspection = introspect.Interface{
		Name:    introspectable,
		Methods: []introspect.Method{{Name: "Introspect", Args: []introspect.Arg{{Name: "xml_data", Type: "s", Direction: "out"}}}},
	}
	peer = introspect.Interface{
		Name:    "org.freedesktop.DBus.Peer",
		Methods: []introspect.Method{{Name: "Ping"}, {Name: "GetMachineId", Args: []introspect.Arg{{Name: "machine_uuid", Type: "s", Direction: "out"}}}},
	}
)
