package rtnl

import (
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// AddRoutes puts routes in their tables. The error of one that is there already is EEXIST. The result
// has an element for each route when any of them failed, else it is nil.
func (c *Conn) AddRoutes(routes []Route) []error {
	return change(c, unix.RTM_NEWROUTE, 0, routes, appendRoute)
}

// DeleteRoutes takes routes out. The error of one that is not there is ESRCH. The result is as
// AddRoutes'.
func (c *Conn) DeleteRoutes(routes []Route) []error {
	return change(c, unix.RTM_DELROUTE, 0, routes, appendRoute)
}

// AddRules puts rules in place. The error of one that is there already is EEXIST. The result is as
// AddRoutes'.
func (c *Conn) AddRules(rules []Rule) []error {
	return change(c, unix.RTM_NEWRULE, 0, rules, appendRule)
}

// DeleteRules takes rules away. The error of one that is not there is ENOENT. The result is as
// AddRoutes'.
func (c *Conn) DeleteRules(rules []Rule) []error {
	return change(c, unix.RTM_DELRULE, 0, rules, appendRule)
}

// Routes lists the routes of a protocol in all tables, of both families. The kernel leaves out the
// others itself (Linux 4.20): a router may have a million.
func (c *Conn) Routes(protocol uint8) ([]Route, error) {
	var routes []Route
	for _, f := range []byte{unix.AF_INET, unix.AF_INET6} {
		body := make([]byte, unix.SizeofRtMsg)
		body[0], body[5] = f, protocol
		messages, err := c.strictDump(unix.RTM_GETROUTE, body)
		if err != nil {
			return nil, fmt.Errorf("list routes: %w", err)
		}
		for _, m := range messages {
			// Older kernels take no notice of the filter.
			if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) < unix.SizeofRtMsg || m.Data[5] != protocol {
				continue
			}
			r, err := decodeRoute(m.Data)
			if err != nil {
				return nil, fmt.Errorf("list routes: %w", err)
			}
			routes = append(routes, r)
		}
	}
	return routes, nil
}

// Rules lists the rules of a protocol, of both families.
func (c *Conn) Rules(protocol uint8) ([]Rule, error) {
	var rules []Rule
	for _, f := range []byte{unix.AF_INET, unix.AF_INET6} {
		body := make([]byte, sizeofRule)
		body[0] = f
		messages, err := c.dump(unix.RTM_GETRULE, body)
		if err != nil {
			return nil, fmt.Errorf("list rules: %w", err)
		}
		for _, m := range messages {
			if m.Header.Type != unix.RTM_NEWRULE {
				continue
			}
			r, err := decodeRule(m.Data)
			if err != nil {
				return nil, fmt.Errorf("list rules: %w", err)
			}
			if r.Protocol == protocol {
				rules = append(rules, r)
			}
		}
	}
	return rules, nil
}

// strictDump asks for a dump whose header the kernel takes as a filter.
func (c *Conn) strictDump(kind uint16, body []byte) ([]netlink.Message, error) {
	if err := c.c.SetOption(netlink.GetStrictCheck, true); err == nil {
		defer func() { _ = c.c.SetOption(netlink.GetStrictCheck, false) }()
	}
	return c.dump(kind, body)
}
