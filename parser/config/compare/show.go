package compare

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// label names an element of a list: the keyword and what tells it from others.
func label(id, name string, v reflect.Value) string {
	k := key(id, v)
	if name == "" || k == "" {
		return name + k
	}
	return name + " " + k
}

// key is what elements of a list are matched by.
func key(id string, v reflect.Value) string {
	switch x := v.Interface().(type) {
	case string:
		return word(x)
	case config.VirtualServer:
		return virtualServer(&x)
	case config.RealServer:
		return netip.AddrPortFrom(x.Addr, x.Port).String()
	case config.Address:
		return prefix(x.Prefix)
	case config.Route:
		return route(&x)
	case config.GroupEntry:
		return entry(&x)
	case config.Rule, config.NextHop:
		return whole(v)
	case config.UnicastPeer:
		return x.Addr.String()
	case config.HMACKey:
		return strconv.Itoa(int(x.ID))
	case config.Checker:
		return x.Type
	case config.URL:
		return word(x.Path)
	case config.GarpGroup:
		return strings.Join(slices.Sorted(slices.Values(x.Interfaces)), " ")
	case config.InterfaceDelay:
		return x.Interface
	case config.LinkbeatInterface:
		return x.Interface
	}
	if f := v.FieldByName("Name"); f.IsValid() && id != "Instance.VMAC" && id != "Instance.IPVLAN" {
		return word(f.String())
	}
	return ""
}

func virtualServer(v *config.VirtualServer) string {
	switch {
	case v.Group != "":
		return strings.TrimSpace("group " + word(v.Group) + " " + v.Protocol)
	case v.FWMark != 0:
		return fmt.Sprintf("fwmark %d IPv%d", v.FWMark, v.Family)
	}
	return netip.AddrPortFrom(v.Addr, v.Port).String() + " " + v.Protocol
}

// entry is a line of a virtual_server_group.
func entry(e *config.GroupEntry) string {
	switch {
	case e.FWMark != 0 && e.Family == 6:
		return fmt.Sprintf("fwmark %d IPv6", e.FWMark)
	case e.FWMark != 0:
		return fmt.Sprintf("fwmark %d", e.FWMark)
	case e.First == e.Last:
		return netip.AddrPortFrom(e.First, e.Port).String()
	}
	return fmt.Sprintf("%s-%s port %d", e.First, e.Last, e.Port)
}

func route(r *config.Route) string {
	parts := []string{}
	if r.Type != "" {
		parts = append(parts, r.Type)
	}
	if r.Dst.IsValid() {
		parts = append(parts, r.Dst.String())
	} else {
		parts = append(parts, fmt.Sprintf("default IPv%d", r.Family))
	}
	for _, n := range []struct {
		name  string
		value uint32
	}{{"table", r.Table}, {"metric", r.Metric}, {"tos", uint32(r.TOS)}} {
		if n.value != 0 && (n.name != "table" || n.value != mainTable) {
			parts = append(parts, fmt.Sprintf("%s %d", n.name, n.value))
		}
	}
	return strings.Join(parts, " ")
}

// mainTable is the routing table that routes go to where none is named.
const mainTable = 254

// whole shows all settings of an element that have a value.
func whole(v reflect.Value) string {
	var parts []string
	for _, f := range fields[v.Type()] {
		if x := v.Field(f.index); !x.IsZero() {
			parts = append(parts, strings.TrimSpace(f.name+" "+show(f.id, x)))
		}
	}
	return strings.Join(parts, " ")
}

// word shows a text as it would stand in a file.
func word(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
		return strconv.Quote(s)
	}
	return s
}

func prefix(p netip.Prefix) string {
	switch {
	case !p.IsValid():
		return "none"
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// show writes a value for people.
func show(id string, v reflect.Value) string {
	switch x := v.Interface().(type) {
	case string:
		if x == "" {
			return "none"
		}
		return word(x)
	case bool:
		if x {
			return "on"
		}
		return "off"
	case time.Duration:
		if x < 0 {
			return "default"
		}
		return x.String()
	case netip.Addr:
		switch {
		case x.IsValid():
			return x.String()
		case id == "VirtualServer.Granularity":
			return "255.255.255.255"
		}
		return "none"
	case netip.Prefix:
		return prefix(x)
	case *config.Script:
		return script(x)
	case config.Method:
		return method(x)
	case config.NetlinkBuffer:
		return buffer(x)
	case []config.Option:
		return options(x)
	}
	return showList(id, v)
}

// showList is show for lists and numbers.
func showList(id string, v reflect.Value) string {
	switch x := v.Interface().(type) {
	case []byte:
		return fmt.Sprintf("% x", x)
	case []int:
		return list(slices.Sorted(slices.Values(x)), strconv.Itoa)
	case []config.StatusRange:
		sorted := slices.SortedFunc(slices.Values(x), func(a, b config.StatusRange) int { return a.First - b.First })
		return list(sorted, func(r config.StatusRange) string { return fmt.Sprintf("%d-%d", r.First, r.Last) })
	case []string:
		return list(x, word)
	case config.Tristate:
		if x == config.Unset && id == "Global.ReloadCheck" {
			x = config.Off
		}
		return x.String()
	case fmt.Stringer:
		return x.String()
	}
	switch {
	case id == "Rule.Family" && v.Int() == 4:
		return "inet"
	case id == "Rule.Family" && v.Int() == 6:
		return "inet6"
	case unset[id] && v.Int() == -1, id == "Global.VRRPVersion" && v.Int() == 0:
		return "default"
	case id == "VirtualServer.Granularity6" && v.Int() == 0:
		return "128"
	}
	if id == "Global.Umask" {
		return fmt.Sprintf("%#o", v.Int())
	}
	return fmt.Sprint(v.Interface())
}

func list[T any](all []T, text func(T) string) string {
	if len(all) == 0 {
		return "none"
	}
	var parts []string
	for _, x := range all {
		parts = append(parts, text(x))
	}
	return strings.Join(parts, " ")
}

// script shows a command and its account.
func script(s *config.Script) string {
	if s == nil {
		return "none"
	}
	text := list(s.Args, word)
	switch {
	case s.UID == 0 && s.GID == 0 && !s.Supplementary:
		return text // as the daemon's own account
	case s.Group != "":
		text += " as " + s.User + ":" + s.Group
	case s.User != "":
		text += " as " + s.User
	default:
		text += fmt.Sprintf(" as %d:%d", s.UID, s.GID)
	}
	if s.Supplementary {
		text += " with supplementary groups"
	}
	return text
}

func method(m config.Method) string {
	text := m.Forward.String()
	if m.Tunnel != "" && m.Tunnel != "ipip" {
		text += " type " + m.Tunnel
	}
	if m.Port != 0 {
		text += fmt.Sprintf(" port %d", m.Port)
	}
	if m.Checksum != "" && m.Checksum != "nocsum" {
		text += " " + m.Checksum
	}
	return text
}

func buffer(b config.NetlinkBuffer) string {
	switch {
	case b.Size == 0:
		return "default"
	case b.Force:
		return fmt.Sprintf("%d force", b.Size)
	}
	return strconv.FormatUint(uint64(b.Size), 10)
}

func options(all []config.Option) string {
	return list(all, func(o config.Option) string {
		text := o.Name
		if o.Lock {
			text += " lock"
		}
		if o.Value != "" {
			text += " " + word(o.Value)
		}
		return text
	})
}
